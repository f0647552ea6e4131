// The other end of a tls::Stream in unit tests, under full control: what it encrypts is bytes in the test's hands, to
// be sent whole, in halves, together or not at all. Blocks, with a time limit, on an ordinary socket. Not part of
// libnavajo.
#pragma once

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "navajo/tls/handles.h"
#include "navajo/tls/stream.h"

namespace navajo::tls {

class RawPeer {
 public:
  // Takes over fd.
  RawPeer(SSL_CTX* context, Role role, int fd) : fd_(fd), ssl_(SSL_new(context)) {
    const timeval limit{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in_, -1);
    SSL_set_bio(ssl_.get(), in_, out_);
    role == Role::server ? SSL_set_accept_state(ssl_.get()) : SSL_set_connect_state(ssl_.get());
  }
  ~RawPeer() { close(); }
  RawPeer(const RawPeer&) = delete;

  SSL* ssl() const { return ssl_.get(); }

  bool handshake() {
    while (true) {
      ERR_clear_error();
      const int answer = SSL_do_handshake(ssl_.get());
      const bool sent = send_raw(take());
      if (answer == 1) return true;  // whoever has what it needs may have closed
      if (!sent) return false;
      if (SSL_get_error(ssl_.get(), answer) != SSL_ERROR_WANT_READ || !receive()) return false;
    }
  }
  // What the peer would put on the wire since it was asked last.
  std::string take() {
    std::string bytes(BIO_ctrl_pending(out_), '\0');
    if (!bytes.empty()) BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  std::string encrypted(std::string_view text) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    return take();
  }
  std::string encrypted_last(std::string_view text) {
    std::string bytes = encrypted(text);
    return bytes += close_notify();
  }
  std::string close_notify() {
    SSL_shutdown(ssl_.get());
    return take();
  }
  bool send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  bool send(std::string_view text) { return send_raw(encrypted(text)); }
  // Exactly so many bytes, or fewer at the end.
  std::string read(size_t bytes) {
    std::string text;
    char buffer[16384];
    while (text.size() < bytes) {
      ERR_clear_error();
      const int got = SSL_read(ssl_.get(), buffer, static_cast<int>(std::min(sizeof buffer, bytes - text.size())));
      if (got > 0) {
        text.append(buffer, static_cast<size_t>(got));
        continue;
      }
      if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ || !receive()) break;
    }
    return text;
  }
  // The other end has said close_notify, and nothing before it that was not read.
  bool sees_close_notify() { return read(1).empty() && (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  void finish() { shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  bool receive() {
    char buffer[16384];
    const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    BIO_write(in_, buffer, static_cast<int>(got));
    return true;
  }

  int fd_;
  SslHandle ssl_;
  BIO *in_, *out_;  // belong to ssl_
};

}  // namespace navajo::tls
