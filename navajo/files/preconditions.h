// Conditional and range requests for one file (RFC 9110 sections 13 and 14). Pure functions, any thread.
#pragma once

#include <cstdint>
#include <ctime>
#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::files {

struct Validators {
  std::string_view etag;  // strong, with quotes
  time_t modified = 0;
};

enum class Precondition : uint8_t {
  met,
  not_modified,  // answer 304
  failed,        // answer 412
};

// In the order of RFC 9110 section 13.2.2, for GET and HEAD.
Precondition check_preconditions(const http::Headers& fields, const Validators& file);

enum class RangeKind : uint8_t {
  whole,           // no range, several, or one that does not count: answer 200
  part,            // answer 206
  unsatisfiable,   // answer 416
};

struct ByteRange {
  RangeKind kind = RangeKind::whole;
  uint64_t first = 0, length = 0;
};

// One range of a file of `size` bytes; If-Range is honoured.
ByteRange requested_range(const http::Headers& fields, const Validators& file, uint64_t size);

}  // namespace navajo::files
