// TLS 1.3 of the load generator: one cipher suite and one group, so that every server does the same work, and no
// session is ever resumed, so that a new connection is a full handshake. put() and get() answer like send(2) and
// recv(2); a handshake happens within them.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <sys/types.h>

namespace bench {

class TlsClient {
 public:
  TlsClient() : context_(SSL_CTX_new(TLS_client_method())) {
    if (!context_ || SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context_, "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(context_, "X25519") != 1) {
      std::fprintf(stderr, "no TLS\n");
      std::exit(1);
    }
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);  // whom it talks to is not measured
  }

  SSL* begin(int fd) const {
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, fd);
    SSL_set_tlsext_host_name(ssl, "bench.test");
    SSL_set_connect_state(ssl);
    return ssl;
  }
  // close_notify, without waiting for the other's.
  static void end(SSL* ssl) {
    if (SSL_is_init_finished(ssl)) SSL_shutdown(ssl);
    SSL_free(ssl);
  }
  static ssize_t put(SSL* ssl, const char* data, std::size_t size) {
    ERR_clear_error();
    std::size_t done = 0;
    const int answer = SSL_write_ex(ssl, data, size, &done);
    return answer == 1 ? static_cast<ssize_t>(done) : refused(ssl, answer);
  }
  static ssize_t get(SSL* ssl, char* into, std::size_t room) {
    ERR_clear_error();
    std::size_t done = 0;
    const int answer = SSL_read_ex(ssl, into, room, &done);
    return answer == 1 ? static_cast<ssize_t>(done) : refused(ssl, answer);
  }

 private:
  static ssize_t refused(SSL* ssl, int answer) {
    switch (SSL_get_error(ssl, answer)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
      case SSL_ERROR_ZERO_RETURN: return 0;
      default: errno = ECONNRESET; return -1;
    }
  }
  SSL_CTX* context_;
};

}  // namespace bench
