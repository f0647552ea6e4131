// What httpd lets pass and a proxy must not: framing that two parsers may read in two ways.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// post_read_request: 400 for a Transfer-Encoding that is not exactly one "chunked", or one in an HTTP/1.0 request
// (RFC 9112 sections 6.1 and 6.3); the connection ends. httpd looks at the last coding only.
int refuse_bad_framing(request_rec* r);

}  // namespace navajo::glue
