#include "modules/mod_navajo/header_hygiene.h"

#include <cstring>

#include "navajo/observe/log.h"

namespace navajo::glue {

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

}  // namespace navajo::glue
