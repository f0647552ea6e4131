#include "modules/mod_navajo/header_hygiene.h"

#include <cstring>

#include "navajo/observe/log.h"

namespace navajo::glue {
namespace {

bool is_one_of(const char* name, std::initializer_list<const char*> names) {
  for (const char* known : names)
    if (!strcasecmp(name, known)) return true;
  return false;
}

}  // namespace

int refuse_bad_framing(request_rec* r) {
  const char* coding = apr_table_get(r->headers_in, "Transfer-Encoding");
  if (!coding) return OK;
  const char* fault = nullptr;
  if (strcasecmp(coding, "chunked") != 0)
    fault = "a Transfer-Encoding other than one \"chunked\"";
  else if (r->proto_num < HTTP_VERSION(1, 1))
    fault = "a Transfer-Encoding in an HTTP/1.0 request";
  if (!fault) return OK;
  observe::log(observe::id::bad_framing, "request of %s has %s: refused", r->useragent_ip, fault);
  r->connection->keepalive = AP_CONN_CLOSE;
  return HTTP_BAD_REQUEST;
}

void apply_connection_options(request_rec* r) {
  const char* list = apr_table_get(r->headers_in, "Connection");
  if (!list || is_one_of(list, {"keep-alive", "close"})) return;
  const char* kept = "";
  for (char* name; *(name = ap_get_token(r->pool, &list, 0));) {
    if (is_one_of(name, {"keep-alive", "close", "upgrade"}))
      kept = apr_pstrcat(r->pool, kept, *kept ? ", " : "", name, nullptr);
    else if (!is_one_of(name, {"Host", "Content-Length", "Transfer-Encoding", "Connection"}))
      apr_table_unset(r->headers_in, name);
    while (*list == ',' || *list == ';' || apr_isspace(*list)) list++;
  }
  if (*kept)
    apr_table_setn(r->headers_in, "Connection", kept);
  else
    apr_table_unset(r->headers_in, "Connection");
}

}  // namespace navajo::glue
