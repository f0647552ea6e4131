// A TLS client that takes one step after the other, waiting for each, and says how long each of them took: through a
// proxy's CONNECT or straight to a server. What it is shown has to verify against one CA and to be for the name it asks
// for, so that whoever tunnels instead of intercepting is found out. Sessions are never resumed.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/time.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "loopback.h"

namespace bench {

struct TlsErrors {
  std::uint64_t connect = 0, refused = 0, handshake = 0, closed = 0, status = 0, response = 0, timeout = 0;
  std::uint64_t all() const { return connect + refused + handshake + closed + status + response + timeout; }
};

class SteppingClient {
 public:
  using Clock = std::chrono::steady_clock;

  // port: the proxy's, or the server's. connect: what CONNECT asks for; empty: no CONNECT.
  SteppingClient(const std::string& ca_file, std::uint16_t port, std::string connect)
      : port_(port), connect_(std::move(connect)), context_(SSL_CTX_new(TLS_client_method())) {
    if (!context_ || SSL_CTX_load_verify_file(context_, ca_file.c_str()) != 1) die_of_tls("CA file");
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    static constexpr unsigned char http[] = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(context_, http, sizeof http - 1);
  }
  SteppingClient(const SteppingClient&) = delete;
  ~SteppingClient() { SSL_CTX_free(context_); }

  struct Connection {
    int fd = -1;
    SSL* ssl = nullptr;
    Clock::time_point began, connected, granted, shaken;  // TCP, the answer to CONNECT, TLS

    Connection() = default;
    Connection(Connection&& other) noexcept
        : fd(other.fd), ssl(other.ssl), began(other.began), connected(other.connected), granted(other.granted),
          shaken(other.shaken) {
      other.fd = -1;
      other.ssl = nullptr;
    }
    Connection(const Connection&) = delete;
    ~Connection() {
      if (ssl) SSL_shutdown(ssl);
      SSL_free(ssl);
      if (fd >= 0) close(fd);
    }
  };

  // None: counted in errors.
  std::optional<Connection> open(const std::string& name, TlsErrors& errors) const {
    Connection made;
    made.began = Clock::now();
    made.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made.fd < 0) die("socket");
    no_delay(made.fd);
    const timeval patience{20, 0};
    setsockopt(made.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(made.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const sockaddr_in address = loopback(port_);
    if (::connect(made.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return failed(errors.connect);
    made.connected = Clock::now();
    if (!connect_.empty() && !ask_for_tunnel(made.fd)) return failed(errors.refused);
    made.granted = Clock::now();
    made.ssl = SSL_new(context_);
    if (!made.ssl || SSL_set_fd(made.ssl, made.fd) != 1 || SSL_set1_host(made.ssl, name.c_str()) != 1 ||
        SSL_set_tlsext_host_name(made.ssl, name.c_str()) != 1)
      die_of_tls("SSL");
    if (SSL_connect(made.ssl) != 1) {
      say_once(SSL_get_verify_result(made.ssl));
      return failed(errors.handshake);
    }
    made.shaken = Clock::now();
    return made;
  }

 private:
  [[noreturn]] static void die_of_tls(const char* what) {
    ERR_print_errors_fp(stderr);
    die(what);
  }
  static std::optional<Connection> failed(std::uint64_t& kind) {
    kind++;
    return std::nullopt;
  }
  // The first reason is worth a line in the log, the other thousands are not.
  static void say_once(long verified) {
    static bool said = false;
    if (!said) std::fprintf(stderr, "handshake: %s\n", X509_verify_cert_error_string(verified));
    if (!said) ERR_print_errors_fp(stderr);
    said = true;
    ERR_clear_error();
  }

  bool ask_for_tunnel(int fd) const {
    const std::string request = "CONNECT " + connect_ + " HTTP/1.1\r\nHost: " + connect_ + "\r\n\r\n";
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return false;
    std::string head;
    char part[512];
    // What comes after the head comes only after we have said something.
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = recv(fd, part, sizeof part, 0);
      if (got <= 0 || head.size() > 8192) return false;
      head.append(part, static_cast<std::size_t>(got));
    }
    return head.compare(0, 7, "HTTP/1.") == 0 && head.compare(8, 5, " 200 ") == 0;
  }

  std::uint16_t port_;
  std::string connect_;
  SSL_CTX* context_;
};

}  // namespace bench
