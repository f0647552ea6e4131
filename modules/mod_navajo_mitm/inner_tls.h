// What httpd and its modules see of an intercepted connection's TLS: that it is one (links, HTTPS, Secure cookies), and
// the SSL_* variables that make sense without mod_ssl.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::mitm_glue {

int conn_is_ssl(conn_rec* c);
const char* lookup_variable(apr_pool_t* pool, server_rec* server, conn_rec* c, request_rec* r, const char* name);
const char* scheme_of(const request_rec* r);
apr_port_t port_of(const request_rec* r);

}  // namespace navajo::mitm_glue
