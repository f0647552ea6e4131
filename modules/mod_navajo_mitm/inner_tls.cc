#include "modules/mod_navajo_mitm/inner_tls.h"

#include <cstring>

#include "modules/mod_navajo_mitm/connect.h"

namespace navajo::mitm_glue {

int conn_is_ssl(conn_rec* c) { return intercepted(c) ? OK : DECLINED; }

const char* lookup_variable(apr_pool_t* pool, server_rec*, conn_rec* c, request_rec* r, const char* name) {
  if (!c && r) c = r->connection;
  const Intercepted* connection = c ? intercepted(c) : nullptr;
  if (!connection || !connection->ssl()) return nullptr;
  const SSL* ssl = connection->ssl();
  if (!strcasecmp(name, "HTTPS")) return "on";
  if (!strcasecmp(name, "SSL_PROTOCOL")) return SSL_get_version(ssl);
  if (!strcasecmp(name, "SSL_CIPHER")) return SSL_get_cipher_name(ssl);
  if (!strcasecmp(name, "SSL_SESSION_RESUMED")) return SSL_session_reused(ssl) ? "Resumed" : "Initial";
  if (!strcasecmp(name, "SSL_TLS_SNI")) {
    const char* said = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    return said ? apr_pstrdup(pool, said) : nullptr;
  }
  return nullptr;
}

const char* scheme_of(const request_rec* r) { return intercepted(r->connection) ? "https" : nullptr; }
apr_port_t port_of(const request_rec* r) { return intercepted(r->connection) ? 443 : 0; }

}  // namespace navajo::mitm_glue
