// Closed-loop load on one HTTP/1.1 server: N connections, each sends its next request when the answer to the
// last one is complete. With --close every request asks for `Connection: close` and has a connection of its
// own. One run is: warm-up (connections made, every one of them answered at least once), a measured window,
// and a drain, so that no half-done request disturbs the server that is measured next.
// At both ends of the window the CPU clocks of the processes in --pids are read; connections and
// warm-up therefore do not count, only the requests in the window do. Prints one JSON object.
// Work done in the window is counted in bytes of answers and given as a (fractional) number of requests: with
// 1,000 large answers under way at once hardly any ends inside a short window, or all of them do.
//
// With --tls everything is TLS (tls_client.h): the handshake is part of a connection's first request.
//
// Every answer is checked (status 200, exact length); anything else is an error with its kind.
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "awake.h"
#include "loopback.h"
#include "options.h"
#include "response_reader.h"
#include "sample.h"
#include "tls_client.h"

namespace {

using bench::percentile;
using bench::ResponseReader;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Errors {
  std::uint64_t connect = 0, closed = 0, status = 0, response = 0, timeout = 0;
  std::uint64_t all() const { return connect + closed + status + response + timeout; }
};

struct Connection {
  int fd = -1;
  SSL* ssl = nullptr;
  bool connecting = false;
  bool in_flight = false;
  bool answered = false;  // at least once since the start
  std::size_t sent = 0;
  std::size_t received = 0;
  Clock::time_point began;
  ResponseReader response;
};

struct Work {
  std::uint16_t port;
  std::string request;
  std::size_t expected_length;
  bool close_each;
  bool tls;
};

class LoadGenerator {
 public:
  LoadGenerator(Work work, std::size_t connections) : work_(std::move(work)), connections_(connections) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) bench::die("epoll");
    if (work_.tls) tls_.emplace();
    latencies_us_.reserve(1 << 20);
  }

  // Runs until `enough` says so or `until` has passed.
  template <typename Enough>
  void run(Clock::time_point until, Enough enough) {
    epoll_event events[512];
    while (!enough()) {
      auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
      if (left < 0) return;
      int count = awake_.wait(epoll_, events, 512, static_cast<int>(left) + 1);
      for (int i = 0; i < count; i++) serve(connections_[events[i].data.u32], events[i].events);
    }
  }

  void start() {
    going_ = true;
    for (auto& connection : connections_) begin(connection);
  }

  void measure(bool on) { measuring_ = on; }
  void stop() { going_ = false; }

  bool all_answered() const { return answered_ == connections_.size(); }
  bool none_in_flight() const { return in_flight_ == 0; }
  void count_unfinished() { errors_.timeout += in_flight_; }

  const Errors& errors() const { return errors_; }
  std::uint64_t reconnects() const { return reconnects_; }
  // The answers received within the window, parts of answers included.
  double work() const {
    return completed_ ? static_cast<double>(window_bytes_) * static_cast<double>(completed_) /
                            static_cast<double>(completed_bytes_)
                      : 0;
  }
  std::vector<std::uint32_t>& latencies_us() { return latencies_us_; }

 private:
  void begin(Connection& connection) {
    if (!going_) return;
    connection.began = Clock::now();
    connection.sent = connection.received = 0;
    connection.response.reset();
    connection.in_flight = true;
    in_flight_++;
    if (connection.fd >= 0) return send_request(connection);
    connection.fd = bench::begin_connect(work_.port);
    if (connection.fd < 0) return fail(connection, errors_.connect);
    connection.connecting = true;
    if (tls_) connection.ssl = tls_->begin(connection.fd);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u32 = static_cast<std::uint32_t>(&connection - connections_.data());
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
  }

  void serve(Connection& connection, unsigned events) {
    if (connection.fd < 0) return;
    if (connection.connecting && events & (EPOLLERR | EPOLLHUP)) return fail(connection, errors_.connect);
    // A handshake writes when it has read.
    const unsigned may_send = tls_ ? EPOLLOUT | EPOLLIN : EPOLLOUT;
    if (events & may_send && connection.in_flight && connection.sent < work_.request.size()) {
      connection.connecting = false;
      send_request(connection);
    }
    if (connection.fd >= 0 && events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) receive(connection);
  }

  void send_request(Connection& connection) {
    while (connection.sent < work_.request.size()) {
      const char* data = work_.request.data() + connection.sent;
      const std::size_t left = work_.request.size() - connection.sent;
      ssize_t part = connection.ssl ? bench::TlsClient::put(connection.ssl, data, left)
                                    : send(connection.fd, data, left, MSG_NOSIGNAL);
      if (part < 0) {
        if (!bench::would_block()) fail(connection, errors_.closed);
        return;
      }
      connection.sent += static_cast<std::size_t>(part);
    }
  }

  void receive(Connection& connection) {
    for (;;) {
      ssize_t got = connection.ssl ? bench::TlsClient::get(connection.ssl, buffer_, sizeof buffer_)
                                   : recv(connection.fd, buffer_, sizeof buffer_, 0);
      if (got < 0 && bench::would_block()) return;
      if (got <= 0) return ended(connection);
      auto size = static_cast<std::size_t>(got);
      connection.received += size;
      if (measuring_) window_bytes_ += size;
      auto state = connection.in_flight ? connection.response.take({buffer_, size}) : ResponseReader::State::bad;
      if (state == ResponseReader::State::bad) return fail(connection, errors_.response);
      if (state == ResponseReader::State::complete) return complete(connection);
      if (size < sizeof buffer_ && !connection.ssl) return;  // a record is less than what the socket has
    }
  }

  // The server closed: its right between two requests, an error within one.
  void ended(Connection& connection) {
    if (connection.in_flight) return fail(connection, errors_.closed);
    hang_up(connection);
  }

  void complete(Connection& connection) {
    if (connection.response.status() != 200) return fail(connection, errors_.status);
    if (connection.response.length() != work_.expected_length) return fail(connection, errors_.response);
    if (measuring_) {
      auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - connection.began).count();
      latencies_us_.push_back(static_cast<std::uint32_t>(took));
    }
    completed_++;
    completed_bytes_ += connection.received;
    finished(connection);
    if (!connection.answered) {
      connection.answered = true;
      answered_++;
    }
    if (work_.close_each) {
      hang_up(connection);
    } else if (connection.response.server_closes()) {
      reconnects_++;
      hang_up(connection);
    }
    begin(connection);
  }

  void fail(Connection& connection, std::uint64_t& kind) {
    kind++;
    finished(connection);
    hang_up(connection);
    // A server that refuses everything must not turn this into a storm.
    if (errors_.all() < 10 * connections_.size()) begin(connection);
  }

  void finished(Connection& connection) {
    if (connection.in_flight) in_flight_--;
    connection.in_flight = false;
  }

  void hang_up(Connection& connection) {
    if (connection.ssl) bench::TlsClient::end(connection.ssl);
    connection.ssl = nullptr;
    if (connection.fd >= 0) close(connection.fd);
    connection.fd = -1;
    connection.connecting = false;
  }

  Work work_;
  std::vector<Connection> connections_;
  std::optional<bench::TlsClient> tls_;
  int epoll_;
  bench::Awake awake_;
  bool going_ = false;
  bool measuring_ = false;
  std::size_t in_flight_ = 0;
  std::size_t answered_ = 0;
  std::uint64_t reconnects_ = 0;
  std::uint64_t window_bytes_ = 0, completed_ = 0, completed_bytes_ = 0;
  Errors errors_;
  std::vector<std::uint32_t> latencies_us_;
  char buffer_[256 * 1024];
};

// cookie: "none", or the value of a Cookie field.
std::string request_text(const std::string& method, const std::string& path, const std::string& cookie,
                         std::size_t body, bool close_each) {
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: bench.test\r\nUser-Agent: bench\r\nAccept: */*\r\n";
  if (cookie != "none") text += "Cookie: " + cookie + "\r\n";
  if (close_each) text += "Connection: close\r\n";
  if (method == "POST")
    text += "Content-Type: application/octet-stream\r\nContent-Length: " + std::to_string(body) + "\r\n";
  return text + "\r\n" + std::string(method == "POST" ? body : 0, 'p');
}

}  // namespace

int main(int argc, char** argv) {
  bench::Options options(argc, argv,
                         {{"port", ""}, {"path", "/1k"}, {"method", "GET"}, {"cookie", "none"}, {"body", "0"},
                          {"expect", ""}, {"connections", "32"}, {"close", "no"}, {"tls", "no"}, {"warmup-ms", "200"},
                          {"window-ms", "1000"}, {"pids", "none"}, {"other-pids", "none"}});
  std::signal(SIGPIPE, SIG_IGN);
  bench::raise_fd_limit();
  bool close_each = options.text("close") == "yes";
  Work work{static_cast<std::uint16_t>(options.number("port")),
            request_text(options.text("method"), options.text("path"), options.text("cookie"),
                         static_cast<std::size_t>(options.number("body")), close_each),
            static_cast<std::size_t>(options.number("expect")), close_each, options.text("tls") == "yes"};
  auto proxy_pids = bench::pid_list(options.text("pids"));
  auto our_pids = bench::pid_list(options.text("other-pids"));
  our_pids.push_back(getpid());
  milliseconds warmup(options.number("warmup-ms")), window(options.number("window-ms"));
  auto never = [] { return false; };

  LoadGenerator load(std::move(work), static_cast<std::size_t>(options.number("connections")));
  auto began = Clock::now();
  load.start();
  load.run(began + warmup, never);
  // Many connections or large bodies may need longer than the warm-up until everybody had a turn.
  load.run(began + warmup + milliseconds(5000), [&] { return load.all_answered(); });

  bench::Sample before(proxy_pids, our_pids);
  load.measure(true);
  load.run(before.when + window, never);
  load.measure(false);
  bench::Sample after(proxy_pids, our_pids);

  load.stop();
  load.run(Clock::now() + milliseconds(5000), [&] { return load.none_in_flight(); });
  load.count_unfinished();

  auto& latencies = load.latencies_us();
  std::sort(latencies.begin(), latencies.end());
  const bench::Spent spent(before, after);
  const auto& errors = load.errors();
  std::printf(
      "{\"requests\":%.3f,\"answered\":%zu,\"seconds\":%.6f,\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u,"
      "\"cpu_us\":%.1f,\"cpu_user_us\":%.1f,\"cpu_system_us\":%.1f,\"cpu_complete\":%s,"
      "\"foreign_cpu_us\":%.0f,\"stolen_us\":%.0f,\"reconnects\":%llu,"
      "\"errors\":{\"connect\":%llu,\"closed\":%llu,\"status\":%llu,\"response\":%llu,\"timeout\":%llu}}\n",
      load.work(), latencies.size(), spent.seconds, percentile(latencies, 0.50), percentile(latencies, 0.99),
      latencies.empty() ? 0 : latencies.back(), spent.proxy.total_us, spent.proxy.user_us, spent.proxy.system_us,
      spent.complete ? "true" : "false", spent.foreign_us, spent.stolen_us,
      static_cast<unsigned long long>(load.reconnects()),
      static_cast<unsigned long long>(errors.connect), static_cast<unsigned long long>(errors.closed),
      static_cast<unsigned long long>(errors.status), static_cast<unsigned long long>(errors.response),
      static_cast<unsigned long long>(errors.timeout));
}
