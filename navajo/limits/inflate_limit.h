// Inflates what somebody sent compressed, for looking at it, and never more of it than is asked for: a bomb ends at an
// absolute limit, at a ratio, or at its second layer (failure-modes.md row 31). Nothing compressed is forwarded
// otherwise than it came; this is only for who inspects (rules, validation). zlib. Any thread or fiber; up to 40 KB of
// heap during the call.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>

namespace navajo::limits {

struct InflateLimits {
  uint64_t bytes = 65536;  // of the result
  // Inflated bytes for each compressed one, judged once the result has kRatioFrom bytes; 0: any. What deflate can do at
  // most is about 1030; texts seldom reach 20.
  unsigned ratio = 200;
  static constexpr uint64_t kRatioFrom = 16384;
};

enum class Inflated : uint8_t {
  complete,   // all of it is there
  cut,        // a prefix: the input ended early, or the result has limits.bytes
  bomb,       // the ratio is not a text's
  nested,     // what came out is compressed again
  malformed,  // the input is none of that coding, or something follows it
};

enum class Coding : uint8_t { identity, gzip, deflate, unknown };
// Of a Content-Encoding field: one coding; none or "identity" is identity; a list is unknown, whatever is in it.
Coding coding_of(std::string_view content_encoding);

// Replaces `into`, also by what was there until a fault. deflate is taken with and without zlib's header, as clients
// send it.
Inflated inflate_prefix(std::string_view compressed, Coding coding, const InflateLimits& limits,
                        std::pmr::string& into);

}  // namespace navajo::limits
