// Opens N keep-alive connections to one server, sends one GET on each, and then holds them all, silent,
// until stdin ends. At most --at-once requests are unanswered at a time: a small number builds up idle
// connections gently, N itself makes N concurrent requests (with a backend that answers late).
// Prints two lines: {"answered":..} when every connection has its answer or has failed, and
// {"still_open":..} after stdin has ended: a server that dropped idle connections is seen there.
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "loopback.h"
#include "options.h"
#include "response_reader.h"

namespace {

using bench::ResponseReader;
using Clock = std::chrono::steady_clock;

class Holder {
 public:
  Holder(std::uint16_t port, const std::string& path, std::size_t connections, std::size_t at_once)
      : port_(port), at_once_(at_once), connections_(connections) {
    request_ = "GET " + path + " HTTP/1.1\r\nHost: bench.test\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) bench::die("epoll");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = stdin_mark;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0) bench::die("stdin must be a pipe");
  }

  // Until every connection is answered or has failed, or the time is over.
  void ask_all(std::chrono::milliseconds limit) {
    auto until = Clock::now() + limit;
    while (answered_ + failed_ < connections_.size() && Clock::now() < until && !stdin_ended_) {
      while (next_ < connections_.size() && open_requests_ < at_once_ && connecting_ < max_connecting) open(next_++);
      turn(100);
    }
    for (auto& connection : connections_) slowest_ms_ = std::max(slowest_ms_, connection.took_ms);
  }

  void hold() {
    while (!stdin_ended_) turn(1000);
  }

  std::size_t answered() const { return answered_; }
  std::size_t failed() const { return failed_; }
  std::size_t unanswered() const { return connections_.size() - answered_ - failed_; }
  std::size_t most_at_once() const { return most_at_once_; }
  std::size_t still_open() const { return answered_ - dropped_; }
  double slowest_ms() const { return slowest_ms_; }

 private:
  static constexpr std::uint32_t stdin_mark = 0xffffffff;
  static constexpr std::size_t max_connecting = 256;  // far below any listen backlog

  struct Connection {
    int fd = -1;
    bool connecting = false;
    bool answered = false;
    double took_ms = 0;
    Clock::time_point began;
    ResponseReader response;
  };

  void open(std::size_t index) {
    Connection& connection = connections_[index];
    connection.began = Clock::now();
    connection.fd = bench::begin_connect(port_);
    if (connection.fd < 0) {
      failed_++;
      return;
    }
    connection.connecting = true;
    connecting_++;
    open_requests_++;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u32 = static_cast<std::uint32_t>(index);
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
  }

  void turn(int timeout_ms) {
    epoll_event events[512];
    int count = epoll_wait(epoll_, events, 512, timeout_ms);
    for (int i = 0; i < count; i++) {
      if (events[i].data.u32 == stdin_mark) {
        char byte;
        if (read(STDIN_FILENO, &byte, 1) <= 0) stdin_ended_ = true;
      } else if (connections_[events[i].data.u32].fd >= 0) {
        serve(connections_[events[i].data.u32], events[i].events);
      }
    }
  }

  void serve(Connection& connection, unsigned events) {
    if (connection.connecting) {
      if (events & (EPOLLERR | EPOLLHUP)) return lose(connection);
      if (!(events & EPOLLOUT)) return;
      connection.connecting = false;
      connecting_--;
      // One small segment on a fresh connection: the kernel takes it whole.
      ssize_t sent = send(connection.fd, request_.data(), request_.size(), MSG_NOSIGNAL);
      if (sent != static_cast<ssize_t>(request_.size())) return lose(connection);
      most_at_once_ = std::max(most_at_once_, open_requests_ - connecting_);
    }
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) receive(connection);
  }

  void receive(Connection& connection) {
    for (;;) {
      ssize_t got = recv(connection.fd, buffer_, sizeof buffer_, 0);
      if (got < 0 && bench::would_block()) return;
      if (got <= 0 || connection.answered) return lose(connection);
      auto state = connection.response.take({buffer_, static_cast<std::size_t>(got)});
      if (state == ResponseReader::State::bad) return lose(connection);
      if (state != ResponseReader::State::complete) continue;
      if (connection.response.status() != 200) return lose(connection);
      connection.answered = true;
      connection.took_ms = std::chrono::duration<double, std::milli>(Clock::now() - connection.began).count();
      answered_++;
      open_requests_--;
    }
  }

  void lose(Connection& connection) {
    if (connection.connecting) connecting_--;
    connection.connecting = false;
    close(connection.fd);
    connection.fd = -1;
    if (connection.answered) {
      dropped_++;
    } else {
      failed_++;
      open_requests_--;
    }
  }

  std::uint16_t port_;
  std::size_t at_once_;
  std::string request_;
  int epoll_;
  std::vector<Connection> connections_;
  std::size_t next_ = 0, connecting_ = 0, open_requests_ = 0, most_at_once_ = 0;
  std::size_t answered_ = 0, failed_ = 0, dropped_ = 0;
  double slowest_ms_ = 0;
  bool stdin_ended_ = false;
  char buffer_[64 * 1024];
};

}  // namespace

int main(int argc, char** argv) {
  bench::Options options(argc, argv, {{"port", ""}, {"path", "/1k"}, {"connections", "5000"}, {"at-once", "64"},
                                      {"limit-ms", "60000"}});
  std::signal(SIGPIPE, SIG_IGN);
  bench::raise_fd_limit();
  Holder holder(static_cast<std::uint16_t>(options.number("port")), options.text("path"),
                static_cast<std::size_t>(options.number("connections")),
                static_cast<std::size_t>(options.number("at-once")));
  holder.ask_all(std::chrono::milliseconds(options.number("limit-ms")));
  std::printf("{\"answered\":%zu,\"failed\":%zu,\"unanswered\":%zu,\"most_at_once\":%zu,\"slowest_ms\":%.1f}\n",
              holder.answered(), holder.failed(), holder.unanswered(), holder.most_at_once(), holder.slowest_ms());
  std::fflush(stdout);
  holder.hold();
  std::printf("{\"still_open\":%zu}\n", holder.still_open());
}
