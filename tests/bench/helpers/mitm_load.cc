// Load on a proxy that intercepts TLS (or on anything else that speaks it). Two modes, each prints one JSON object:
//   hosts  one connection after the other, each for one request; the name of the n-th is hN.bench.test, N counting from
//          --first, or the same for all with --same yes. Says how long the answer to CONNECT, the handshake and the
//          first byte of the answer took, and how large the certificates were. With --per-second no faster than that.
//   warm   many connections to one name, all always busy: requests, latency and the proxy's CPU time within a window,
//          in the words of loadgen.
// --connect is what CONNECT asks for, 127.0.0.1:PORT, so that no resolver is needed; the name is told in TLS and in the
// Host field. "none": no CONNECT.
#include <fcntl.h>
#include <sys/epoll.h>

#include <csignal>
#include <thread>

#include "options.h"
#include "response_reader.h"
#include "sample.h"
#include "stepping_client.h"

namespace {

using bench::percentile;
using bench::ResponseReader;
using bench::SteppingClient;
using bench::TlsErrors;
using Clock = SteppingClient::Clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

struct Work {
  std::string connect;  // empty: none
  std::string path;
  std::string port;     // in the Host field
  std::size_t expected_length;

  std::string request(const std::string& name) const {
    return "GET " + path + " HTTP/1.1\r\nHost: " + name + ":" + port + "\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
  }
};

std::string name_of(long number) { return "h" + std::to_string(number) + ".bench.test"; }

std::uint32_t micros(Clock::duration time) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<microseconds>(time).count());
}

std::uint64_t* error_of(TlsErrors& errors, const ResponseReader& response, std::size_t expected) {
  if (response.status() != 200) return &errors.status;
  return response.length() != expected ? &errors.response : nullptr;
}

void print_errors(const TlsErrors& errors) {
  const auto number = [](std::uint64_t count) { return static_cast<unsigned long long>(count); };
  std::printf("\"errors\":{\"connect\":%llu,\"refused\":%llu,\"handshake\":%llu,\"closed\":%llu,\"status\":%llu,"
              "\"response\":%llu,\"timeout\":%llu}}\n",
              number(errors.connect), number(errors.refused), number(errors.handshake), number(errors.closed),
              number(errors.status), number(errors.response), number(errors.timeout));
}

void print_spent(const bench::Spent& spent) {
  std::printf("\"seconds\":%.6f,\"cpu_us\":%.1f,\"cpu_user_us\":%.1f,\"cpu_system_us\":%.1f,\"cpu_complete\":%s,"
              "\"foreign_cpu_us\":%.0f,\"stolen_us\":%.0f,",
              spent.seconds, spent.proxy.total_us, spent.proxy.user_us, spent.proxy.system_us,
              spent.complete ? "true" : "false", spent.foreign_us, spent.stolen_us);
}

// ---------------------------------------------------------------- hosts

class Hosts {
 public:
  Hosts(const SteppingClient& client, const Work& work) : client_(client), work_(work) {}

  void visit(const std::string& name) {
    const auto connection = client_.open(name, errors_);
    if (!connection) return;
    const std::string request = work_.request(name);
    if (SSL_write(connection->ssl, request.data(), static_cast<int>(request.size())) <= 0) {
      errors_.closed++;
      return;
    }
    ResponseReader response;
    std::optional<Clock::time_point> first_byte;
    auto state = ResponseReader::State::head;
    while (state == ResponseReader::State::head || state == ResponseReader::State::body) {
      const int got = SSL_read(connection->ssl, buffer_, sizeof buffer_);
      if (got <= 0) {
        errors_.closed++;
        return;
      }
      if (!first_byte) first_byte = Clock::now();
      state = response.take({buffer_, static_cast<std::size_t>(got)});
    }
    if (state == ResponseReader::State::bad) {
      errors_.response++;
      return;
    }
    if (std::uint64_t* const wrong = error_of(errors_, response, work_.expected_length)) {
      ++*wrong;
      return;
    }
    connect_.push_back(micros(connection->granted - connection->connected));
    handshake_.push_back(micros(connection->shaken - connection->granted));
    first_byte_.push_back(micros(*first_byte - connection->began));
    measure_certificates(connection->ssl);
  }

  void print(const bench::Spent& spent) {
    std::printf("{\"done\":%zu,", first_byte_.size());
    print_spent(spent);
    print_times("connect", connect_);
    print_times("handshake", handshake_);
    print_times("first_byte", first_byte_);
    const double count = first_byte_.empty() ? 1 : static_cast<double>(first_byte_.size());
    std::printf("\"certificate_bytes\":%.1f,\"chain_bytes\":%.1f,", static_cast<double>(leaf_bytes_) / count,
                static_cast<double>(chain_bytes_) / count);
    print_errors(errors_);
  }

  const TlsErrors& errors() const { return errors_; }

 private:
  void measure_certificates(SSL* ssl) {
    const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
    for (int i = 0; i < sk_X509_num(chain); i++) {
      const int size = i2d_X509(sk_X509_value(chain, i), nullptr);
      if (i == 0) leaf_bytes_ += static_cast<std::size_t>(size);
      chain_bytes_ += static_cast<std::size_t>(size);
    }
  }

  static void print_times(const char* what, std::vector<std::uint32_t>& times) {
    std::sort(times.begin(), times.end());
    std::printf("\"%s_p50_us\":%u,\"%s_p99_us\":%u,", what, percentile(times, 0.50), what, percentile(times, 0.99));
  }

  const SteppingClient& client_;
  const Work& work_;
  TlsErrors errors_;
  std::vector<std::uint32_t> connect_, handshake_, first_byte_;
  std::size_t leaf_bytes_ = 0, chain_bytes_ = 0;
  char buffer_[16 * 1024];
};

int visit_hosts(const bench::Options& options, const SteppingClient& client, const Work& work) {
  const long first = options.number("first"), count = options.number("hosts"), rate = options.number("per-second");
  const bool same = options.text("same") == "yes";
  const auto proxy_pids = bench::pid_list(options.text("pids"));
  auto our_pids = bench::pid_list(options.text("other-pids"));
  our_pids.push_back(getpid());
  Hosts hosts(client, work);
  const bench::Sample before(proxy_pids, our_pids);
  for (long i = 0; i < count; i++) {
    if (rate > 0) std::this_thread::sleep_until(before.when + microseconds(1'000'000 * i / rate));
    hosts.visit(name_of(same ? first : first + i));
    // A proxy that is broken is not asked thousands of times.
    if (hosts.errors().all() > 20) break;
  }
  hosts.print(bench::Spent(before, bench::Sample(proxy_pids, our_pids)));
  return 0;
}

// ---------------------------------------------------------------- warm

class Warm {
 public:
  Warm(const SteppingClient& client, const Work& work, std::size_t connections) : work_(work) {
    request_ = work.request(name_of(0));
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) bench::die("epoll");
    latencies_us_.reserve(1 << 20);
    for (std::size_t i = 0; i < connections; i++) {
      auto opened = client.open(name_of(0), errors_);
      if (!opened) return;
      peers_.push_back(Peer{std::move(*opened)});
    }
    for (std::size_t i = 0; i < peers_.size(); i++) {
      const int fd = peers_[i].connection.fd;
      fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
      epoll_event event{};
      event.events = EPOLLIN | EPOLLRDHUP;
      event.data.u32 = static_cast<std::uint32_t>(i);
      epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }
  }
  ~Warm() { close(epoll_); }
  Warm(const Warm&) = delete;

  void start() {
    going_ = true;
    for (Peer& peer : peers_) begin(peer);
  }
  void stop() { going_ = false; }
  void measure(bool on) { measuring_ = on; }

  template <typename Enough>
  void run(Clock::time_point until, Enough enough) {
    epoll_event events[256];
    while (!enough()) {
      const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
      if (left < 0) return;
      const int count = epoll_wait(epoll_, events, 256, static_cast<int>(left) + 1);
      for (int i = 0; i < count; i++) receive(peers_[events[i].data.u32]);
    }
  }

  bool idle() const { return in_flight_ == 0; }
  void count_unfinished() { errors_.timeout += in_flight_; }
  const TlsErrors& errors() const { return errors_; }
  std::vector<std::uint32_t>& latencies_us() { return latencies_us_; }

 private:
  struct Peer {
    SteppingClient::Connection connection;
    ResponseReader response = {};
    Clock::time_point asked = {};
    bool in_flight = false;
  };

  void begin(Peer& peer) {
    if (!going_) return;
    peer.response.reset();
    peer.asked = Clock::now();
    peer.in_flight = true;
    in_flight_++;
    // Small, and nothing else is on its way: it fits into the socket's buffer.
    if (SSL_write(peer.connection.ssl, request_.data(), static_cast<int>(request_.size())) <= 0)
      fail(peer, errors_.closed);
  }

  void receive(Peer& peer) {
    while (peer.connection.ssl) {
      const int got = SSL_read(peer.connection.ssl, buffer_, sizeof buffer_);
      if (got <= 0) {
        if (SSL_get_error(peer.connection.ssl, got) == SSL_ERROR_WANT_READ) return;
        return fail(peer, errors_.closed);
      }
      const auto state = peer.in_flight ? peer.response.take({buffer_, static_cast<std::size_t>(got)})
                                        : ResponseReader::State::bad;
      if (state == ResponseReader::State::bad) return fail(peer, errors_.response);
      if (state != ResponseReader::State::complete) continue;
      if (std::uint64_t* const wrong = error_of(errors_, peer.response, work_.expected_length))
        return fail(peer, *wrong);
      if (measuring_) latencies_us_.push_back(micros(Clock::now() - peer.asked));
      finished(peer);
      begin(peer);
    }
  }

  // It is out for the rest of the run: one error makes the whole case worthless.
  void fail(Peer& peer, std::uint64_t& kind) {
    kind++;
    finished(peer);
    ERR_clear_error();
    SSL_free(peer.connection.ssl);
    peer.connection.ssl = nullptr;
    close(peer.connection.fd);
    peer.connection.fd = -1;
  }

  void finished(Peer& peer) {
    if (peer.in_flight) in_flight_--;
    peer.in_flight = false;
  }

  const Work& work_;
  std::string request_;
  std::vector<Peer> peers_;
  int epoll_;
  bool going_ = false, measuring_ = false;
  std::size_t in_flight_ = 0;
  TlsErrors errors_;
  std::vector<std::uint32_t> latencies_us_;
  char buffer_[16 * 1024];
};

int keep_warm(const bench::Options& options, const SteppingClient& client, const Work& work) {
  const auto proxy_pids = bench::pid_list(options.text("pids"));
  auto our_pids = bench::pid_list(options.text("other-pids"));
  our_pids.push_back(getpid());
  const milliseconds warmup(options.number("warmup-ms")), window(options.number("window-ms"));
  const auto never = [] { return false; };
  Warm warm(client, work, static_cast<std::size_t>(options.number("connections")));
  warm.start();
  warm.run(Clock::now() + warmup, never);
  const bench::Sample before(proxy_pids, our_pids);
  warm.measure(true);
  warm.run(before.when + window, never);
  warm.measure(false);
  const bench::Sample after(proxy_pids, our_pids);
  warm.stop();
  warm.run(Clock::now() + milliseconds(5000), [&] { return warm.idle(); });
  warm.count_unfinished();
  auto& latencies = warm.latencies_us();
  std::sort(latencies.begin(), latencies.end());
  std::printf("{\"requests\":%zu,\"p50_us\":%u,\"p99_us\":%u,\"reconnects\":0,", latencies.size(),
              percentile(latencies, 0.50), percentile(latencies, 0.99));
  print_spent(bench::Spent(before, after));
  print_errors(warm.errors());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options(argc, argv,
                               {{"mode", ""}, {"port", ""}, {"connect", "none"}, {"host-port", ""}, {"ca", ""},
                                {"path", "/1k"}, {"expect", "1024"}, {"first", "0"}, {"hosts", "100"}, {"same", "no"},
                                {"per-second", "0"}, {"connections", "32"}, {"warmup-ms", "200"},
                                {"window-ms", "1000"}, {"pids", "none"}, {"other-pids", "none"}});
  std::signal(SIGPIPE, SIG_IGN);
  bench::raise_fd_limit();
  const Work work{options.text("connect") == "none" ? "" : options.text("connect"), options.text("path"),
                  options.text("host-port"), static_cast<std::size_t>(options.number("expect"))};
  const SteppingClient client(options.text("ca"), static_cast<std::uint16_t>(options.number("port")), work.connect);
  const std::string& mode = options.text("mode");
  if (mode == "hosts") return visit_hosts(options, client, work);
  if (mode == "warm") return keep_warm(options, client, work);
  std::fprintf(stderr, "no such mode: %s\n", mode.c_str());
  return 2;
}
