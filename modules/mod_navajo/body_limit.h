// LimitRequestBody of httpd, and limitRequestBody of Host and Context, brought together: httpd's HTTP filter would stop
// at the server's limit where the Context allows more, and answers by itself. By the handler, before the body is read.
#pragma once

#include <cstdint>
#include <optional>

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// What counts for this request, bytes, 0: any; httpd is told. own: of Context or Host; none: httpd's.
uint64_t settle_body_limit(request_rec* r, std::optional<uint64_t> own);

}  // namespace navajo::glue
