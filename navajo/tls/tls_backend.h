// A TLS server on a loopback port for unit tests: each connection is shaken hands with and given to a script, one after
// the other, on a thread of its own. Not part of libnavajo.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "navajo/reactor/socket.h"
#include "navajo/tls/handles.h"

namespace navajo::tls {

class TlsBackend {
 public:
  // What the server saw of one connection.
  struct Seen {
    bool shaken = false, resumed = false;
    std::string server_name, protocol, alpn;
    CertificateHandle client;
  };
  class Peer {
   public:
    explicit Peer(SSL* ssl) : ssl_(ssl) {}
    SSL* ssl() const { return ssl_; }
    // False: the other side closed before `mark` came.
    bool read_until(const std::string& mark) {
      char buffer[4096];
      while (text_.find(mark) == std::string::npos) {
        const int got = SSL_read(ssl_, buffer, sizeof buffer);
        if (got <= 0) return false;
        text_.append(buffer, static_cast<size_t>(got));
      }
      text_.erase(0, text_.find(mark) + mark.size());
      return true;
    }
    bool send(const std::string& text) { return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0; }
    // Otherwise the connection is closed with close_notify at the end of the script.
    void leave_without_close_notify() { polite_ = false; }
    bool polite() const { return polite_; }

   private:
    SSL* ssl_;
    std::string text_;
    bool polite_ = true;
  };
  using Script = std::function<void(Peer&)>;

  TlsBackend(SslContextHandle context, Script script) : context_(std::move(context)), script_(std::move(script)) {
    signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof here;
    bind(listener_, reinterpret_cast<sockaddr*>(&here), length);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &length);
    port_ = ntohs(here.sin_port);
    const unsigned char id[] = "test";
    SSL_CTX_set_session_id_context(context_.get(), id, 4);
    SSL_CTX_set_alpn_select_cb(
        context_.get(),
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned, void*) {
          *out = in + 1;
          *size = in[0];
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsBackend() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  TlsBackend(const TlsBackend&) = delete;

  uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  reactor::Endpoint endpoint() const {
    reactor::Endpoint out;
    auto& in = reinterpret_cast<sockaddr_in&>(out.address);
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in.sin_port = htons(port_);
    out.length = sizeof in;
    return out;
  }
  // Of the n-th connection, which has been given to its script.
  const Seen& seen(size_t n) {
    std::lock_guard lock(guard_);
    return *seen_.at(n);
  }
  size_t connections() {
    std::lock_guard lock(guard_);
    return seen_.size();
  }

 private:
  void serve() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const timeval limit{10, 0};
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      SslHandle ssl(SSL_new(context_.get()));
      SSL_set_fd(ssl.get(), fd);
      auto seen = std::make_unique<Seen>();
      ERR_clear_error();
      seen->shaken = SSL_accept(ssl.get()) == 1;
      note(*seen, ssl.get());
      const bool shaken = seen->shaken;
      {
        std::lock_guard lock(guard_);
        seen_.push_back(std::move(seen));
      }
      if (shaken) {
        Peer peer(ssl.get());
        script_(peer);
        if (peer.polite()) SSL_shutdown(ssl.get());
      }
      ssl.reset();
      ::close(fd);
    }
  }
  static void note(Seen& seen, SSL* ssl) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    seen.server_name = name ? name : "";
    seen.protocol = SSL_get_version(ssl);
    seen.resumed = SSL_session_reused(ssl) == 1;
    const unsigned char* alpn = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl, &alpn, &length);
    if (alpn) seen.alpn.assign(reinterpret_cast<const char*>(alpn), length);
    seen.client.reset(SSL_get1_peer_certificate(ssl));
  }

  SslContextHandle context_;
  Script script_;
  int listener_;
  uint16_t port_ = 0;
  std::mutex guard_;
  std::vector<std::unique_ptr<Seen>> seen_;
  std::thread thread_;
};

}  // namespace navajo::tls
