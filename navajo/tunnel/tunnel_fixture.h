// Tunnels for unit tests, on real loopback sockets and a real reactor: a Line is one tunnel and what stands at its two
// ends, which the test plays from its own thread. Not part of libnavajo.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "navajo/reactor/running_reactor.h"
#include "navajo/reactor/thread_times.h"
#include "navajo/tls/made_certificates.h"
#include "navajo/tls/raw_peer.h"
#include "navajo/tunnel/tunnel.h"

namespace navajo::tunnel {

inline constexpr int kPlain = 0;  // or TLS1_2_VERSION, TLS1_3_VERSION

struct Legs {
  int client = kPlain, origin = kPlain;
};
inline const std::vector<Legs>& all_legs() {
  static const std::vector<Legs> legs{{kPlain, kPlain},
                                      {TLS1_3_VERSION, kPlain},
                                      {kPlain, TLS1_3_VERSION},
                                      {TLS1_3_VERSION, TLS1_3_VERSION},
                                      {TLS1_2_VERSION, kPlain},
                                      {kPlain, TLS1_2_VERSION},
                                      {TLS1_2_VERSION, TLS1_2_VERSION}};
  return legs;
}

inline SSL_CTX* context_of(tls::Role role, int version) {
  static const tls::MadeCertificate certificate = tls::make_certificate({});
  static tls::SslContextHandle contexts[2][2];
  tls::SslContextHandle& context = contexts[role == tls::Role::server][version == TLS1_3_VERSION];
  if (!context) {
    if (role == tls::Role::server)
      context = tls::server_context(certificate);
    else
      context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
  }
  return context.get();
}

// Made before the tests, which look for leaks.
inline const bool contexts_made = [] {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (const tls::Role role : {tls::Role::client, tls::Role::server}) context_of(role, version);
  return !all_legs().empty();
}();

struct SocketPair {
  int ours = -1, theirs = -1;
};
// small: little room in the kernel, so that ends without room are met soon.
inline SocketPair connected_pair(bool small) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  SocketPair pair;
  pair.ours = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (small) {
    const int bytes = 16384;
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);  // inherited by what is accepted
    setsockopt(pair.ours, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(pair.ours, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  if (bind(listener, name, length) || listen(listener, 1) || getsockname(listener, name, &length) ||
      connect(pair.ours, name, length) || (pair.theirs = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) < 0)
    throw std::runtime_error("no loopback");
  close(listener);
  const int one = 1;
  setsockopt(pair.ours, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(pair.theirs, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return pair;
}

// One end, in the hands of the test: blocks, ten seconds at most.
class Peer {
 public:
  Peer(int fd, tls::Role role, int version) : fd_(fd) {
    const timeval limit{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (version != kPlain) tls_.emplace(context_of(role, version), role, fd);
  }
  ~Peer() { close(); }
  Peer(const Peer&) = delete;

  bool is_tls() const { return tls_.has_value(); }
  tls::RawPeer& tls() { return *tls_; }
  int fd() const { return fd_; }
  bool handshake() { return !tls_ || tls_->handshake(); }

  // As it goes on the wire.
  std::string wrapped(std::string_view text) { return tls_ ? tls_->encrypted(text) : std::string(text); }
  std::string close_notify() { return tls_ ? tls_->close_notify() : std::string(); }
  bool send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  bool send(std::string_view text) { return send_raw(wrapped(text)); }
  // Exactly so many bytes, or fewer at the end.
  std::string read(size_t bytes) {
    if (tls_) return tls_->read(bytes);
    std::string text(bytes, '\0');
    size_t filled = 0;
    while (filled < bytes) {
      const ssize_t got = recv(fd_, text.data() + filled, bytes - filled, 0);
      if (got <= 0) break;
      filled += static_cast<size_t>(got);
    }
    text.resize(filled);
    return text;
  }
  // The orderly end, and on TLS the FIN behind close_notify as well.
  bool sees_end() {
    char byte;
    return (!tls_ || tls_->sees_close_notify()) && recv(fd_, &byte, 1, 0) == 0;
  }
  bool sees_reset() {
    char byte;
    const ssize_t got = recv(fd_, &byte, 1, 0);
    return got < 0 && errno == ECONNRESET;
  }
  void fin() { shutdown(fd_, SHUT_WR); }
  void finish() {
    send_raw(close_notify());
    fin();
  }
  void reset() {
    const linger at_once{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  // The same without closing the descriptor, which another thread may be using.
  void disconnect() {
    const sockaddr nowhere{AF_UNSPEC, {}};
    connect(fd_, &nowhere, sizeof nowhere);
  }
  void close() {
    if (tls_)
      tls_->close();
    else if (fd_ >= 0)
      ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  std::optional<tls::RawPeer> tls_;
};

// Calls what only the reactor calls otherwise.
struct TunnelProbe {
  static void wake(Tunnel& tunnel, tls::Stream& stream) { tunnel.on_event(stream.descriptor()); }
};

class Line : public Tunnel::Owner {
 public:
  struct Options {
    TunnelLimits limits{};
    bool small = false;
    bool started = true;
    std::string unread_of_client{}, unread_of_origin{};
    bool destroyed_at_its_end = false;
  };

  Line(reactor::RunningReactor& running, Legs legs, Options options)
      : running_(running), options_(options), client_pair_(connected_pair(options.small)),
        origin_pair_(connected_pair(options.small)), client(client_pair_.theirs, tls::Role::client, legs.client),
        origin(origin_pair_.theirs, tls::Role::server, legs.origin) {
    std::promise<bool> ready;
    running_.start([&] { ready.set_value(open(legs)); });
    const bool shaken = client.handshake() && origin.handshake();
    if (!ready.get_future().get() || !shaken) throw std::runtime_error("no tunnel");
  }
  Line(reactor::RunningReactor& running, Legs legs) : Line(running, legs, Options{}) {}
  ~Line() {
    running_.run([this] {
      tunnel_.reset();
      client_.reset();
    });
  }

  // Runs on the reactor.
  template <class Ask>
  auto ask(Ask question) {
    decltype(question(std::declval<Tunnel&>())) answer{};
    running_.run([&] { answer = question(*tunnel_); });
    return answer;
  }
  void with_tunnel(std::function<void(Tunnel&)> body) {
    running_.run([&] { body(*tunnel_); });
  }
  tls::Stream& client_stream() { return *client_; }
  // Until it holds; false after ten seconds.
  template <class Condition>
  bool until(Condition holds) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!ask(holds)) {
      if (std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool until_state(Tunnel::State state) {
    return until([state](Tunnel& tunnel) { return tunnel.state() == state; });
  }

  // End::none: not within ten seconds.
  End wait_for_end() {
    const bool ended = ended_future_.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
    return ended ? ended_future_.get() : End::none;
  }
  // With a clock that is turned by hand: the reactor looks at it when it is woken.
  End wait_for_end_while_asking() {
    until([](Tunnel& tunnel) { return tunnel.end() != End::none; });
    return wait_for_end();
  }
  base::Duration lifetime() const { return lifetime_; }

 private:
  bool open(Legs legs) {
    const auto deadline = reactor::Deadline::after(std::chrono::seconds(10));
    client_ = std::make_unique<tls::Stream>();
    auto origin_stream = std::make_unique<tls::Stream>();
    bool ok = client_->socket().adopt(client_pair_.ours).ok() && origin_stream->socket().adopt(origin_pair_.ours).ok();
    const auto shake = [&](tls::Stream& stream, tls::Role role, int version) {
      tls::SslHandle ssl(SSL_new(context_of(role, version)));
      ok = ok && stream.handshake(std::move(ssl), role, deadline).ok();
    };
    if (legs.client != kPlain) shake(*client_, tls::Role::server, legs.client);
    if (legs.origin != kPlain) shake(*origin_stream, tls::Role::client, legs.origin);
    if (!options_.unread_of_client.empty()) client_->unread(options_.unread_of_client);
    if (!options_.unread_of_origin.empty()) origin_stream->unread(options_.unread_of_origin);
    tunnel_ = std::make_unique<Tunnel>(*client_, std::move(origin_stream), options_.limits, *this);
    if (ok && options_.started) tunnel_->start();
    return ok;
  }
  void tunnel_ended(Tunnel& tunnel) override {
    lifetime_ = reactor::Deadline::after({}).when() - tunnel.started();
    const End end = tunnel.end();
    if (options_.destroyed_at_its_end) tunnel_.reset();
    ended_.set_value(end);
  }

  reactor::RunningReactor& running_;
  Options options_;
  SocketPair client_pair_, origin_pair_;
  std::unique_ptr<tls::Stream> client_;
  std::unique_ptr<Tunnel> tunnel_;
  std::promise<End> ended_;
  std::future<End> ended_future_ = ended_.get_future();
  base::Duration lifetime_{};

 public:
  Peer client, origin;
};

// Of no pattern that a mistake of one buffer could repeat.
inline std::string text_of(size_t bytes) {
  std::string text(bytes, '\0');
  uint32_t value = 1;
  for (char& byte : text) byte = static_cast<char>((value = value * 1664525 + 1013904223) >> 24);
  return text;
}

// In order, the client first.
inline bool both_finish(Line& line) {
  line.client.finish();
  if (!line.origin.sees_end()) return false;
  line.origin.finish();
  return line.client.sees_end() && line.wait_for_end() == End::finished;
}

}  // namespace navajo::tunnel
