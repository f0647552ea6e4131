// Where a response body ends, decided from request method and response head alone.
// Source: RFC 9112 section 6.3.
#pragma once

#include <cstdint>
#include <string_view>

#include "navajo/http/response_head.h"

namespace navajo::http {

struct BodyFraming {
  enum class Kind : uint8_t {
    none,    // no body, whatever the fields say: HEAD, 1xx, 204, 304
    length,  // `length` bytes
    chunked,
    until_close,
  };
  Kind kind = Kind::none;
  uint64_t length = 0;
};

BodyFraming response_framing(std::string_view request_method, const ResponseHead& head);

// RFC 9110 section 9.2.2. Only these may be sent again after something of them may have reached a backend.
bool is_idempotent(std::string_view method);

}  // namespace navajo::http
