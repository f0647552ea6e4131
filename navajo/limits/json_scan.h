// Whether a text is JSON (RFC 8259), within limits, as it comes in pieces of any size: no tree, no recursion, no memory
// from the heap, one pass. A text has to be UTF-8; a byte order mark is refused, as section 8.1 allows.
//
//   JsonScan scan(limits);
//   while (more) if (!scan.feed(piece)) break;
//   if (!scan.finish()) ... scan.fault(), scan.position()
//
// One fiber or thread. Facts: nevisproxy-filters-ops.md 2.15.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace navajo::limits {

struct JsonLimits {
  // 0: none, but for the depth, which never goes beyond kMostDepth.
  uint64_t elements = 0;      // objects, arrays and values: [1,{}] are three
  uint64_t element_size = 0;  // characters of a string, a name or a number; \u0041 is one
  uint32_t depth = 0;         // of objects and arrays in each other: [[]] is 2
};

enum class JsonFault : uint8_t { none, syntax, encoding, incomplete, elements, element_size, depth };
const char* name_of(JsonFault fault);

class JsonScan {
 public:
  static constexpr uint32_t kMostDepth = 10000;

  explicit JsonScan(const JsonLimits& limits);
  // False: a fault; what comes later changes nothing.
  bool feed(std::string_view bytes);
  // False also for a text that has not ended, or of nothing but white space.
  bool finish();
  JsonFault fault() const { return fault_; }
  // Of the first byte that is wrong, from 0.
  uint64_t position() const { return position_; }

 private:
  enum class State : uint8_t {
    value, first_item, first_name, name, colon, after_value, end,
    text, escape, hex, utf8,
    minus, zero, digits, point, fraction, exponent, exponent_sign, exponent_digits, word,
  };
  bool step(unsigned char c);
  bool begin_value(unsigned char c);
  bool open(bool object);
  bool close(bool object);
  bool end_value();
  bool end_number(unsigned char c);
  bool in_text(unsigned char c);
  bool begin_utf8(unsigned char c);
  bool count_character();
  bool refuse(JsonFault fault);
  bool in_object() const { return depth_ > 0 && (kinds_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1); }

  JsonLimits limits_;
  State state_ = State::value;
  bool is_name_ = false;                              // of the text that is read
  unsigned char low_ = 0x80, high_ = 0xbf, left_ = 0;  // of the next byte of a character; how many come
  const char* word_ = "";                             // the rest of true, false or null
  uint32_t depth_ = 0;
  uint64_t elements_ = 0, size_ = 0, position_ = 0;
  JsonFault fault_ = JsonFault::none;
  std::array<uint64_t, (kMostDepth + 63) / 64> kinds_;  // a bit for each level: an object
};

}  // namespace navajo::limits
