// Both ends of a TCP proxy, one thread each.
//   --role backend   answers each 8 bytes (a number N, little-endian) with N bytes; "listening PORT"
//   --role clients --port P --connections C --bytes N --close 0|1 --window-ms W
//                    C connections at a time, each asking for N bytes again and again for W ms; with --close 1 on a new
//                    connection each time. Prints {"answers":N,"bytes":N,"seconds":S,"errors":N}.
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <unordered_map>
#include <vector>

#include "loopback.h"
#include "options.h"

namespace {

using Clock = std::chrono::steady_clock;

char g_buffer[256 * 1024];  // of zeros; what is read is thrown away

int make_epoll() {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) bench::die("epoll");
  return epoll;
}

void watch(int epoll, int fd, std::uint64_t mark) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = mark;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) bench::die("epoll_ctl");
}

// ---------------------------------------------------------------- backend

class Backend {
 public:
  explicit Backend(int listener) : listener_(listener), epoll_(make_epoll()) {
    watch(epoll_, listener_, static_cast<std::uint64_t>(listener_));
  }

  [[noreturn]] void run() {
    epoll_event events[512];
    for (;;) {
      const int count = epoll_wait(epoll_, events, 512, -1);
      for (int i = 0; i < count; i++) {
        const int fd = static_cast<int>(events[i].data.u64);
        if (fd == listener_) {
          accept_all();
        } else if (!serve(fd, peers_[fd])) {
          close(fd);
          peers_.erase(fd);
        }
      }
    }
  }

 private:
  struct Peer {
    unsigned char asked[8];
    std::size_t have = 0;
    std::uint64_t owed = 0;
  };

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      bench::no_delay(fd);
      watch(epoll_, fd, static_cast<std::uint64_t>(fd));
      peers_[fd] = {};
    }
  }

  static bool serve(int fd, Peer& peer) {
    for (;;) {
      while (peer.owed > 0) {
        const ssize_t put = send(fd, g_buffer, std::min<std::uint64_t>(peer.owed, sizeof g_buffer), MSG_NOSIGNAL);
        if (put < 0) return bench::would_block();
        peer.owed -= static_cast<std::uint64_t>(put);
      }
      const ssize_t got = recv(fd, peer.asked + peer.have, sizeof peer.asked - peer.have, 0);
      if (got < 0) return bench::would_block();
      if (got == 0) return false;
      peer.have += static_cast<std::size_t>(got);
      if (peer.have < sizeof peer.asked) continue;
      peer.have = 0;
      std::memcpy(&peer.owed, peer.asked, sizeof peer.owed);
    }
  }

  int listener_, epoll_;
  std::unordered_map<int, Peer> peers_;
};

// ---------------------------------------------------------------- clients

class Clients {
 public:
  Clients(std::uint16_t port, std::size_t connections, std::uint64_t bytes, bool close_each)
      : port_(port), bytes_(bytes), close_each_(close_each), clients_(connections), epoll_(make_epoll()) {}

  void run(std::chrono::milliseconds window) {
    const auto began = Clock::now();
    for (std::size_t i = 0; i < clients_.size(); i++) begin(i);
    epoll_event events[512];
    while (Clock::now() - began < window) {
      const int count = epoll_wait(epoll_, events, 512, 10);
      for (int i = 0; i < count; i++) serve(events[i].data.u64, events[i].events);
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    std::printf("{\"answers\":%zu,\"bytes\":%llu,\"seconds\":%.4f,\"errors\":%zu}\n", answers_,
                static_cast<unsigned long long>(received_), seconds, errors_);
  }

 private:
  struct Client {
    int fd = -1;
    bool asked = false;
    std::uint64_t missing = 0;
  };

  void begin(std::size_t index) {
    Client& client = clients_[index];
    client = {bench::begin_connect(port_)};
    if (client.fd < 0) bench::die("connect");
    watch(epoll_, client.fd, index);
  }

  void again(std::size_t index, bool failed) {
    errors_ += failed;
    close(clients_[index].fd);
    begin(index);
  }

  bool ask(Client& client) {
    client.asked = true;
    client.missing = bytes_;
    return send(client.fd, &bytes_, sizeof bytes_, MSG_NOSIGNAL) == sizeof bytes_;
  }

  void serve(std::size_t index, unsigned events) {
    Client& client = clients_[index];
    if (events & EPOLLERR) return again(index, true);
    if (!client.asked && (!(events & EPOLLOUT) || !ask(client))) return;
    for (;;) {
      const ssize_t got = recv(client.fd, g_buffer, sizeof g_buffer, 0);
      if (got < 0 && bench::would_block()) return;
      if (got <= 0 || static_cast<std::uint64_t>(got) > client.missing) return again(index, true);
      received_ += static_cast<std::uint64_t>(got);
      client.missing -= static_cast<std::uint64_t>(got);
      if (client.missing > 0) continue;
      answers_++;
      if (close_each_) return again(index, false);
      if (!ask(client)) return again(index, true);
    }
  }

  std::uint16_t port_;
  std::uint64_t bytes_;
  bool close_each_;
  std::vector<Client> clients_;
  int epoll_;
  std::size_t answers_ = 0, errors_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  bench::Options options(argc, argv, {{"role", ""}, {"port", "0"}, {"connections", "32"}, {"bytes", "64"},
                                      {"close", "0"}, {"window-ms", "1000"}});
  std::signal(SIGPIPE, SIG_IGN);
  bench::raise_fd_limit();
  const auto port = static_cast<std::uint16_t>(options.number("port"));
  if (options.text("role") == "backend") Backend(bench::listen_and_announce(port)).run();
  Clients(port, static_cast<std::size_t>(options.number("connections")),
          static_cast<std::uint64_t>(options.number("bytes")), options.number("close") != 0)
      .run(std::chrono::milliseconds(options.number("window-ms")));
}
