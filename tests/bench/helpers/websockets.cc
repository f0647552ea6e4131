// Both ends of a proxy's WebSockets, one thread each.
//   --role backend                            accepts every handshake and echoes messages; "listening PORT"
//   --role hold --port P --connections N      opens N and holds them, silent, until stdin ends
//   --role echo --port P --connections N --bytes B --window-ms W   asks and waits for the echo, on all of them
// hold and echo print {"opened":N,"failed":N} when all are open; then {"still_open":N} or
// {"round_trips":N,"seconds":S,"errors":N}. Messages are shorter than 126 bytes, so a frame's header is two.
#include <openssl/evp.h>
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "loopback.h"
#include "options.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint8_t kMasked = 0x80;
constexpr std::size_t kMostPayload = 125;

int make_epoll() {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) bench::die("epoll");
  return epoll;
}

void watch(int epoll, int fd, std::uint32_t events, std::uint64_t mark) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = mark;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) bench::die("epoll_ctl");
}

// Small enough for the socket to take it whole.
bool send_all(int fd, std::string_view text) {
  return send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

std::string accept_of(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE], encoded[64];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  const int length = EVP_EncodeBlock(encoded, digest, static_cast<int>(size));
  return {reinterpret_cast<char*>(encoded), static_cast<std::size_t>(length)};
}

// ---------------------------------------------------------------- backend

class Backend {
 public:
  explicit Backend(int listener) : listener_(listener), epoll_(make_epoll()) {
    watch(epoll_, listener_, EPOLLIN, static_cast<std::uint64_t>(listener_));
  }

  [[noreturn]] void run() {
    epoll_event events[512];
    for (;;) {
      const int count = epoll_wait(epoll_, events, 512, -1);
      for (int i = 0; i < count; i++) {
        const int fd = static_cast<int>(events[i].data.u64);
        if (fd == listener_)
          accept_some();
        else if (auto found = peers_.find(fd); found != peers_.end() && !serve(fd, *found->second))
          drop(fd);
      }
    }
  }

 private:
  struct Peer {
    std::string bytes;
    bool open = false;  // past the handshake
  };

  void accept_some() {
    for (int i = 0; i < 64; i++) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      bench::no_delay(fd);
      watch(epoll_, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, static_cast<std::uint64_t>(fd));
      peers_[fd] = std::make_unique<Peer>();
    }
  }

  void drop(int fd) {
    close(fd);
    peers_.erase(fd);
  }

  bool serve(int fd, Peer& peer) {
    for (;;) {
      const ssize_t got = recv(fd, buffer_, sizeof buffer_, 0);
      if (got < 0 && bench::would_block()) return true;
      if (got <= 0) return false;
      peer.bytes.append(buffer_, static_cast<std::size_t>(got));
      if (!peer.open && !shake_hands(fd, peer)) return false;
      if (peer.open && !echo(fd, peer)) return false;
    }
  }

  bool shake_hands(int fd, Peer& peer) {
    const std::size_t end = peer.bytes.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    constexpr std::string_view kName = "sec-websocket-key:";
    std::string key;
    for (std::size_t at = peer.bytes.find("\r\n"); at < end; at = peer.bytes.find("\r\n", at + 2)) {
      std::string line = peer.bytes.substr(at + 2, peer.bytes.find("\r\n", at + 2) - at - 2);
      std::string name = line.substr(0, kName.size());
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      if (name == kName) key = line.substr(line.find_first_not_of(' ', kName.size()));
    }
    peer.bytes.erase(0, end + 4);
    peer.open = true;
    return send_all(fd, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: " + accept_of(key) + "\r\n\r\n");
  }

  // Clients here mask with zeros.
  bool echo(int fd, Peer& peer) {
    std::string answers;
    std::size_t at = 0;
    while (peer.bytes.size() - at >= 2) {
      const std::size_t payload = static_cast<std::uint8_t>(peer.bytes[at + 1]) & ~kMasked;
      if (payload > kMostPayload || peer.bytes.size() - at < 6 + payload) break;
      answers += peer.bytes[at];
      answers += static_cast<char>(payload);
      answers.append(peer.bytes, at + 6, payload);
      at += 6 + payload;
    }
    peer.bytes.erase(0, at);
    return answers.empty() || send_all(fd, answers);
  }

  int listener_, epoll_;
  std::unordered_map<int, std::unique_ptr<Peer>> peers_;
  char buffer_[64 * 1024];
};

// ---------------------------------------------------------------- clients

class Clients {
 public:
  Clients(std::uint16_t port, std::size_t connections, std::size_t bytes)
      : port_(port), clients_(connections), epoll_(make_epoll()) {
    message_ = {static_cast<char>(0x82), static_cast<char>(kMasked | bytes), 0, 0, 0, 0};
    message_.append(bytes, 'm');
    watch(epoll_, STDIN_FILENO, EPOLLIN, kStdin);
  }

  void open_all(std::chrono::milliseconds limit) {
    const auto until = Clock::now() + limit;
    while (opened_ + failed_ < clients_.size() && Clock::now() < until && !stdin_ended_) {
      while (next_ < clients_.size() && next_ - opened_ - failed_ < kAtOnce) begin(next_++);
      turn(100);
    }
    std::printf("{\"opened\":%zu,\"failed\":%zu}\n", opened_, clients_.size() - opened_);
    std::fflush(stdout);
  }

  void hold() {
    while (!stdin_ended_) turn(1000);
    std::printf("{\"still_open\":%zu}\n", opened_ - lost_);
  }

  void echo(std::chrono::milliseconds window) {
    const auto began = Clock::now();
    echoes_ = true;
    for (Client& client : clients_)
      if (client.open && !send_all(client.fd, message_)) lose(client);
    while (Clock::now() - began < window && !stdin_ended_) turn(10);
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    std::printf("{\"round_trips\":%zu,\"seconds\":%.4f,\"errors\":%zu}\n", round_trips_, seconds, lost_);
  }

 private:
  static constexpr std::uint64_t kStdin = UINT64_MAX;
  static constexpr std::size_t kAtOnce = 64;

  struct Client {
    int fd = -1;
    bool asked = false, open = false;
    std::string head;
    std::size_t expected = 0;  // bytes of an echo that have come
  };

  void begin(std::size_t index) {
    Client& client = clients_[index];
    client.fd = bench::begin_connect(port_);
    if (client.fd < 0)
      failed_++;
    else
      watch(epoll_, client.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, index);
  }

  void turn(int timeout_ms) {
    epoll_event events[512];
    const int count = epoll_wait(epoll_, events, 512, timeout_ms);
    for (int i = 0; i < count; i++) {
      char byte;
      if (events[i].data.u64 == kStdin) {
        if (read(STDIN_FILENO, &byte, 1) <= 0) stdin_ended_ = true;
      } else if (Client& client = clients_[events[i].data.u64]; client.fd >= 0) {
        serve(client, events[i].events);
      }
    }
  }

  void serve(Client& client, unsigned events) {
    if (events & (EPOLLERR | EPOLLHUP)) return lose(client);
    if (!client.asked) {
      if (!(events & EPOLLOUT)) return;
      client.asked = true;
      if (!send_all(client.fd, "GET /ws HTTP/1.1\r\nHost: bench.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"))
        return lose(client);
    }
    char buffer[4096];
    for (;;) {
      const ssize_t got = recv(client.fd, buffer, sizeof buffer, 0);
      if (got < 0 && bench::would_block()) return;
      if (got <= 0) return lose(client);
      if (!take(client, {buffer, static_cast<std::size_t>(got)})) return lose(client);
    }
  }

  bool take(Client& client, std::string_view bytes) {
    if (!client.open) {
      client.head.append(bytes);
      const std::size_t end = client.head.find("\r\n\r\n");
      if (end == std::string::npos) return true;
      if (!client.head.starts_with("HTTP/1.1 101 ")) return false;
      client.open = true;
      client.head = {};
      opened_++;
      return true;
    }
    if (!echoes_) return false;  // nobody has been asked anything
    client.expected += bytes.size();
    const std::size_t whole = message_.size() - 4;  // without the mask
    if (client.expected < whole) return true;
    if (client.expected > whole) return false;
    client.expected = 0;
    round_trips_++;
    return send_all(client.fd, message_);
  }

  void lose(Client& client) {
    close(client.fd);
    client.fd = -1;
    (client.open ? lost_ : failed_)++;
  }

  std::uint16_t port_;
  std::vector<Client> clients_;
  int epoll_;
  std::string message_;
  std::size_t next_ = 0, opened_ = 0, failed_ = 0, lost_ = 0, round_trips_ = 0;
  bool stdin_ended_ = false, echoes_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  bench::Options options(argc, argv, {{"role", ""}, {"port", "0"}, {"connections", "100"}, {"bytes", "64"},
                                      {"window-ms", "1000"}, {"limit-ms", "60000"}});
  std::signal(SIGPIPE, SIG_IGN);
  bench::raise_fd_limit();
  const auto port = static_cast<std::uint16_t>(options.number("port"));
  if (options.text("role") == "backend") Backend(bench::listen_and_announce(port)).run();
  Clients clients(port, static_cast<std::size_t>(options.number("connections")),
                  std::min(kMostPayload, static_cast<std::size_t>(options.number("bytes"))));
  clients.open_all(std::chrono::milliseconds(options.number("limit-ms")));
  if (options.text("role") == "echo")
    clients.echo(std::chrono::milliseconds(options.number("window-ms")));
  else
    clients.hold();
}
