// Trailer fields of a chunked HTTP/1.1 response. httpd keeps a table for them (r->trailers_out) and mod_http2 sends it,
// but httpd's own chunk filter does not; this filter stands below that one and completes the last chunk.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// Once per process, from register_hooks.
void register_trailer_filter();
// Before the end of the response is passed on. A response that is not chunked has no trailers: they are dropped.
void send_trailers(request_rec* r);

}  // namespace navajo::glue
