#include "modules/mod_navajo/client_tls.h"

#include "modules/mod_navajo/connection.h"

extern "C" {
#include "mod_ssl_openssl.h"
}

namespace navajo::glue {
namespace {

// Bounds what one client can make us hold: a buffer of mod_ssl's and one of OpenSSL's.
constexpr size_t kMostDecrypted = 64 * 1024;
constexpr apr_size_t kStep = 8000;

int remember(conn_rec* c, SSL* ssl, int is_proxy) {
  Connection* connection = Connection::of(c);
  if (is_proxy || c->master || !connection || Connection::current() != connection) return DECLINED;
  connection->set_tls(ssl);
  return OK;
}

apr_status_t free_bio(void* bio) {
  BIO_free(static_cast<BIO*>(bio));
  return APR_SUCCESS;
}

// mod_ssl's stay as long as what they point to.
void keep_with(conn_rec* c, BIO* bio) {
  if (bio && BIO_up_ref(bio)) apr_pool_cleanup_register(c->pool, bio, free_bio, apr_pool_cleanup_null);
}

// What mod_ssl holds decrypted, and what OpenSSL holds of whole records. Its transport is empty, so nothing is read
// from the socket by this.
std::string drain(conn_rec* c) {
  std::string bytes;
  apr_bucket_brigade* brigade = apr_brigade_create(c->pool, c->bucket_alloc);
  while (bytes.size() < kMostDecrypted &&
         ap_get_brigade(c->input_filters, brigade, AP_MODE_READBYTES, APR_NONBLOCK_READ, kStep) == APR_SUCCESS) {
    const size_t before = bytes.size();
    for (apr_bucket* b = APR_BRIGADE_FIRST(brigade); b != APR_BRIGADE_SENTINEL(brigade); b = APR_BUCKET_NEXT(b)) {
      const char* text;
      apr_size_t length;
      if (!APR_BUCKET_IS_METADATA(b) && apr_bucket_read(b, &text, &length, APR_NONBLOCK_READ) == APR_SUCCESS)
        bytes.append(text, length);
    }
    apr_brigade_cleanup(brigade);
    if (bytes.size() == before) break;
  }
  return bytes;
}

// With quiet shutdown mod_ssl's end of connection sends nothing, and frees what it keeps beside the SSL object.
void let_mod_ssl_shut_down(conn_rec* c, SSL* ssl) {
  const int shutdown = SSL_get_shutdown(ssl);
  SSL_set_quiet_shutdown(ssl, 1);
  apr_bucket_brigade* brigade = apr_brigade_create(c->pool, c->bucket_alloc);
  APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_eoc_create(c->bucket_alloc));
  (void)ap_pass_brigade(c->output_filters, brigade);
  SSL_set_quiet_shutdown(ssl, 0);
  SSL_set_shutdown(ssl, shutdown);
}

// mod_ssl's callbacks (info, keys, tickets) hang on its SSL_CTX and look for a conn_rec.
SSL_CTX* context_without_callbacks() {
  static SSL_CTX* const made = SSL_CTX_new(TLS_server_method());
  return made;
}

// What it had decrypted and nobody had read.
std::string take_from_mod_ssl(conn_rec* c, SSL* ssl) {
  keep_with(c, SSL_get_rbio(ssl));
  keep_with(c, SSL_get_wbio(ssl));
  BIO* empty = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(empty, -1);  // "nothing yet", not "the end"
  SSL_set_bio(ssl, empty, empty);
  std::string decrypted = drain(c);
  let_mod_ssl_shut_down(c, ssl);
  SSL_set_SSL_CTX(ssl, context_without_callbacks());
  SSL_set_app_data(ssl, nullptr);
  SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
  // mod_ssl takes a missing close_notify for an end; a tunnel tells the two apart.
  SSL_clear_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
  return decrypted;
}

}  // namespace

bool take_over(conn_rec* c, ClientIo& io, tls::SslHandle mod_ssl, tls::Stream& stream) {
  std::string decrypted;
  if (mod_ssl) {
    if (!SSL_is_init_finished(mod_ssl.get())) return false;
    decrypted = take_from_mod_ssl(c, mod_ssl.get());
  }
  // Below mod_ssl it is encrypted, and read before what still comes from the socket.
  stream.unread(io.take_input());
  if (mod_ssl && !stream.adopt(std::move(mod_ssl))) return false;
  stream.unread(std::move(decrypted));
  return true;
}

void register_client_tls() { APR_OPTIONAL_HOOK(ssl, pre_handshake, remember, nullptr, nullptr, APR_HOOK_MIDDLE); }

}  // namespace navajo::glue
