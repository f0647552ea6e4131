// The floor: the least that a user-space HTTP/1.1 proxy with a pool of backend connections can cost on
// this kernel. One epoll thread; per request recv, send, recv, send and a share of epoll_wait. It looks for
// nothing but the end of a response (to give the backend connection back) and a client's `Connection: close`
// (which must not reach the pooled connection). No routing, no checks, no log, no limits: not a proxy to
// use, a line to measure against.
#include <sys/epoll.h>

#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loopback.h"
#include "options.h"
#include "response_reader.h"

namespace {

using bench::ResponseReader;

// One socket. `peer` is the other side of the exchange in progress, none in between.
struct Side {
  int fd = -1;
  bool is_client = false;
  Side* peer = nullptr;
  bool gone = false;
  bool close_after = false;   // client: asked to be closed after this response
  std::string unsent;         // what the socket did not take yet; its peer is not read meanwhile
  ResponseReader response;    // backend: where the response in progress ends
};

class Floor {
 public:
  Floor(int listener, std::uint16_t backend_port) : listener_(listener), backend_port_(backend_port) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    if (epoll_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) bench::die("epoll");
  }

  [[noreturn]] void run() {
    epoll_event events[256];
    for (;;) {
      int count = epoll_wait(epoll_, events, 256, -1);
      for (int i = 0; i < count; i++) {
        auto* side = static_cast<Side*>(events[i].data.ptr);
        if (!side) {
          accept_one();
        } else if (!side->gone) {
          if (events[i].events & EPOLLOUT && !side->unsent.empty()) resume(*side);
          if (!side->gone && events[i].events & ~EPOLLOUT) relay(*side);
        }
      }
      // A later event of the same batch may point at a side that an earlier one ended.
      for (Side* side : graveyard_) delete side;
      graveyard_.clear();
    }
  }

 private:
  Side* watch(int fd, bool is_client) {
    auto* side = new Side;
    side->fd = fd;
    side->is_client = is_client;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = side;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    return side;
  }

  void accept_one() {
    int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    bench::no_delay(fd);
    watch(fd, true);
  }

  Side* take_backend() {
    if (!pool_.empty()) {
      Side* side = pool_.back();
      pool_.pop_back();
      return side;
    }
    // A blocking connect: it happens once per concurrent request, not once per request.
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = bench::loopback(backend_port_);
    if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      if (fd >= 0) close(fd);
      return nullptr;
    }
    bench::no_delay(fd);
    return watch(fd, false);
  }

  void relay(Side& from) {
    for (;;) {
      if (from.peer && !from.peer->unsent.empty()) return;
      ssize_t got = recv(from.fd, buffer_, sizeof buffer_, MSG_DONTWAIT);
      if (got < 0 && bench::would_block()) return;
      if (got <= 0) return end(from);
      auto size = static_cast<std::size_t>(got);
      if (from.is_client ? !to_backend(from, size) : !to_client(from, size)) return;
      if (size < sizeof buffer_) return;
    }
  }

  bool to_backend(Side& client, std::size_t size) {
    if (!client.peer) {
      client.peer = take_backend();
      if (!client.peer) {
        end(client);
        return false;
      }
      client.peer->peer = &client;
      client.peer->response.reset();
      hide_close(client, size);
    }
    return forward(*client.peer, size);
  }

  bool to_client(Side& backend, std::size_t size) {
    Side* client = backend.peer;
    if (!client) {  // bytes that nobody asked for
      end(backend);
      return false;
    }
    auto state = backend.response.take({buffer_, size});
    if (!forward(*client, size)) return false;
    if (state == ResponseReader::State::bad) {
      end(backend);
      return false;
    }
    if (state != ResponseReader::State::complete) return true;
    backend.peer = client->peer = nullptr;
    pool_.push_back(&backend);
    if (client->close_after && client->unsent.empty()) end(*client);
    return false;
  }

  // "Connection: close" becomes a header of the same length that means nothing.
  void hide_close(Side& client, std::size_t size) {
    std::string_view request(buffer_, size);
    std::size_t at = request.find("\r\nConnection: close\r\n");
    client.close_after = at != std::string_view::npos;
    if (client.close_after) std::memcpy(buffer_ + at + 2, "X-Nothings", 10);
  }

  bool forward(Side& to, std::size_t size) {
    std::size_t sent = 0;
    while (to.unsent.empty() && sent < size) {
      ssize_t part = send(to.fd, buffer_ + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (part >= 0) {
        sent += static_cast<std::size_t>(part);
      } else if (bench::would_block()) {
        break;
      } else {
        end(to);
        return false;
      }
    }
    if (sent < size) to.unsent.append(buffer_ + sent, size - sent);
    return true;
  }

  void resume(Side& to) {
    ssize_t part = send(to.fd, to.unsent.data(), to.unsent.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (part < 0 && !bench::would_block()) return end(to);
    if (part > 0) to.unsent.erase(0, static_cast<std::size_t>(part));
    if (!to.unsent.empty()) return;
    // Its peer was not read meanwhile and its edge is spent: read it now.
    if (to.peer) relay(*to.peer);
    else if (to.close_after) end(to);
  }

  // An end in the middle of an exchange ends both sides; an idle backend only leaves the pool.
  void end(Side& side) {
    if (side.gone) return;
    side.gone = true;
    close(side.fd);
    graveyard_.push_back(&side);
    if (side.peer) {
      side.peer->peer = nullptr;
      end(*side.peer);
    } else if (!side.is_client) {
      std::erase(pool_, &side);
    }
  }

  int listener_;
  std::uint16_t backend_port_;
  int epoll_;
  std::vector<Side*> pool_;  // last in, first out: the warm one is used again
  std::vector<Side*> graveyard_;
  char buffer_[64 * 1024];
};

}  // namespace

int main(int argc, char** argv) {
  bench::Options options(argc, argv, {{"port", "0"}, {"backend", ""}});
  std::signal(SIGPIPE, SIG_IGN);
  bench::raise_fd_limit();
  int listener = bench::listen_and_announce(static_cast<std::uint16_t>(options.number("port")));
  Floor(listener, static_cast<std::uint16_t>(options.number("backend"))).run();
}
