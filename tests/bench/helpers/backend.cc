// The backend of every benchmark: one epoll thread that answers ready-made bodies, so cheaply that the
// proxy in front of it is what is measured.
//   GET /1k /64k /1m   200 with that many bytes        POST (any path)   swallows the body, 200 "ok"
//   GET /stats         {"requests":N,"connections":N}  anything else     404
// --delay-ms holds every answer (except /stats) back for that time, without a thread or a timer each: the
// delay is the same for all, so the waiting line is sorted by itself.
#include <strings.h>
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "awake.h"
#include "loopback.h"
#include "options.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int fd = -1;
  std::uint64_t serial = 0;
  std::string head;                 // bytes of a request head that is not complete yet
  std::size_t body_left = 0;
  const std::string* answer = nullptr;
  std::string own_answer;
  std::size_t sent = 0;
  bool close_after = false;
  bool waiting = false;             // answer held back by --delay-ms
};

struct Delayed {
  Clock::time_point due;
  int fd;
  std::uint64_t serial;
};

std::string ready_made(const char* status, std::size_t size, const char* content = nullptr) {
  std::string body = content ? std::string(content) : std::string(size, 'n');
  return std::string("HTTP/1.1 ") + status + "\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

class Backend {
 public:
  Backend(int listener, std::chrono::milliseconds delay) : listener_(listener), delay_(delay) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listener_;
    if (epoll_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) bench::die("epoll");
  }

  [[noreturn]] void run() {
    epoll_event events[512];
    for (;;) {
      int count = awake_.wait(epoll_, events, 512, next_timeout());
      for (int i = 0; i < count; i++) {
        if (events[i].data.fd == listener_) {
          accept_some();
        } else {
          auto found = connections_.find(events[i].data.fd);
          if (found != connections_.end()) serve(*found->second, events[i].events);
        }
      }
      answer_due();
    }
  }

 private:
  void accept_some() {
    for (int i = 0; i < 64; i++) {
      int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        if (!bench::would_block()) std::perror("accept");
        return;
      }
      bench::no_delay(fd);
      auto connection = std::make_unique<Connection>();
      connection->fd = fd;
      connection->serial = ++connections_seen_;
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
      event.data.fd = fd;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
      connections_[fd] = std::move(connection);
    }
  }

  void serve(Connection& connection, unsigned events) {
    if (events & (EPOLLERR | EPOLLHUP)) return drop(connection);
    bool sending = connection.answer && connection.body_left == 0 && !connection.waiting;
    if (events & EPOLLOUT && sending && !send_answer(connection)) return;
    if (events & (EPOLLIN | EPOLLRDHUP)) receive(connection);
  }

  void receive(Connection& connection) {
    for (;;) {
      ssize_t got = recv(connection.fd, buffer_, sizeof buffer_, 0);
      if (got == 0) return drop(connection);
      if (got < 0) {
        if (!bench::would_block()) drop(connection);
        return;
      }
      if (!take(connection, std::string_view(buffer_, static_cast<std::size_t>(got)))) return;
      // A short read has emptied the socket; more bytes, or the end, raise a new edge.
      if (static_cast<std::size_t>(got) < sizeof buffer_) return;
    }
  }

  // False when the connection is gone.
  bool take(Connection& connection, std::string_view bytes) {
    while (!bytes.empty()) {
      if (connection.body_left > 0) {
        std::size_t part = std::min(connection.body_left, bytes.size());
        connection.body_left -= part;
        bytes.remove_prefix(part);
        if (connection.body_left == 0 && !answer(connection)) return false;
        continue;
      }
      std::size_t before = connection.head.size();
      connection.head.append(bytes);
      std::size_t end = connection.head.find("\r\n\r\n", before > 3 ? before - 3 : 0);
      if (end == std::string::npos) return true;
      bytes.remove_prefix(end + 4 - before);
      read_head(connection, std::string_view(connection.head).substr(0, end + 2));
      connection.head.clear();
      if (connection.body_left == 0 && !answer(connection)) return false;
    }
    return true;
  }

  void read_head(Connection& connection, std::string_view head) {
    connection.close_after = header_has(head, "\r\nconnection:", "close");
    if (head.starts_with("POST ")) {
      connection.answer = &stored_;
      std::string_view length = header(head, "\r\ncontent-length:");
      // A body of unknown length is not part of the work; the error shows in the results.
      if (length.empty()) connection.answer = &no_length_;
      connection.body_left = length.empty() ? 0 : std::strtoul(length.data(), nullptr, 10);
    } else {
      std::string_view path = head.substr(0, head.find(" HTTP/"));
      if (path == "GET /1k") connection.answer = &body_1k_;
      else if (path == "GET /64k") connection.answer = &body_64k_;
      else if (path == "GET /1m") connection.answer = &body_1m_;
      else if (path == "GET /stats") connection.answer = nullptr;
      else connection.answer = &unknown_;
    }
    requests_ += connection.answer != nullptr;
  }

  bool answer(Connection& connection) {
    connection.sent = 0;
    if (!connection.answer) {
      std::string stats =
          "{\"requests\":" + std::to_string(requests_) + ",\"connections\":" + std::to_string(connections_seen_) + "}";
      connection.own_answer = ready_made("200 OK", 0, stats.c_str());
      connection.answer = &connection.own_answer;
    } else if (delay_.count() > 0) {
      connection.waiting = true;
      delayed_.push_back({Clock::now() + delay_, connection.fd, connection.serial});
      return true;
    }
    return send_answer(connection);
  }

  bool send_answer(Connection& connection) {
    const std::string& whole = *connection.answer;
    while (connection.sent < whole.size()) {
      ssize_t sent = send(connection.fd, whole.data() + connection.sent, whole.size() - connection.sent, MSG_NOSIGNAL);
      if (sent < 0) {
        if (bench::would_block()) return true;
        drop(connection);
        return false;
      }
      connection.sent += static_cast<std::size_t>(sent);
    }
    connection.answer = nullptr;
    if (!connection.close_after) return true;
    drop(connection);
    return false;
  }

  int next_timeout() const {
    if (delayed_.empty()) return -1;
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(delayed_.front().due - Clock::now()).count();
    return left < 0 ? 0 : static_cast<int>(left) + 1;
  }

  void answer_due() {
    auto now = delayed_.empty() ? Clock::time_point{} : Clock::now();
    while (!delayed_.empty() && delayed_.front().due <= now) {
      Delayed next = delayed_.front();
      delayed_.pop_front();
      auto found = connections_.find(next.fd);
      if (found == connections_.end() || found->second->serial != next.serial) continue;
      found->second->waiting = false;
      send_answer(*found->second);
    }
  }

  void drop(Connection& connection) {
    int fd = connection.fd;
    connections_.erase(fd);
    close(fd);
  }

  // The value that follows `name` (lower case, with the line break before it), or an empty view.
  static std::string_view header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
      if (head.size() - at > name.size() && strncasecmp(head.data() + at, name.data(), name.size()) == 0) {
        std::string_view value = head.substr(at + name.size());
        return value.substr(0, value.find("\r\n"));
      }
    }
    return {};
  }

  static bool header_has(std::string_view head, std::string_view name, std::string_view token) {
    return header(head, name).find(token) != std::string_view::npos;
  }

  int listener_;
  int epoll_;
  bench::Awake awake_;
  std::chrono::milliseconds delay_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::deque<Delayed> delayed_;
  std::uint64_t connections_seen_ = 0;
  std::uint64_t requests_ = 0;
  char buffer_[64 * 1024];

  const std::string body_1k_ = ready_made("200 OK", 1024);
  const std::string body_64k_ = ready_made("200 OK", 64 * 1024);
  const std::string body_1m_ = ready_made("200 OK", 1024 * 1024);
  const std::string stored_ = ready_made("200 OK", 0, "ok");
  const std::string unknown_ = ready_made("404 Not Found", 0, "no such body");
  const std::string no_length_ = ready_made("411 Length Required", 0, "no length");
};

}  // namespace

int main(int argc, char** argv) {
  bench::Options options(argc, argv, {{"port", "0"}, {"delay-ms", "0"}});
  std::signal(SIGPIPE, SIG_IGN);
  bench::raise_fd_limit();
  int listener = bench::listen_and_announce(static_cast<std::uint16_t>(options.number("port")));
  Backend(listener, std::chrono::milliseconds(options.number("delay-ms"))).run();
}
