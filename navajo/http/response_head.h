// The head of an HTTP/1.x response, parsed strictly from the connection's buffer without copying: fields are
// kept as offsets, so the buffer may grow or move between calls. Parsing goes on where it stopped; feeding a head
// byte by byte costs and answers the same as feeding it at once.
//
// Refused on purpose, because two readers could understand them differently: bare LF or CR, NUL and other control
// bytes, folded lines, space before the colon, Content-Length beside Transfer-Encoding, lengths that differ, any
// coding but a single "chunked", a coding in an HTTP/1.0 response, 101 unless an upgrade was asked for.
// Source: RFC 9112 sections 4, 5, 6, 7.1, 9.3; RFC 9110 sections 5, 6.4.1, 7.6.1, 8.6, 15.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "navajo/http/field_kind.h"

namespace navajo::http {

struct HeadLimits {
  size_t bytes = 64 * 1024;
  size_t fields = 100;
  bool upgrade_was_asked = false;  // a 101 is a final response then
};

enum class HeadFault : uint8_t {
  none,
  too_large,
  too_many_fields,
  not_http,
  bad_status_line,
  bare_line_feed,
  folded_line,
  space_before_colon,
  bad_field_name,
  bad_field_value,
  bad_content_length,
  differing_lengths,
  length_and_coding,
  unknown_coding,
  coding_in_http_1_0,
  too_many_connection_options,
  unasked_upgrade,
};
const char* text(HeadFault fault);

// Where a field stands in the buffer.
struct FieldSlice {
  uint32_t name = 0, name_size = 0, value = 0, value_size = 0;
  FieldKind kind = FieldKind::other;
};

struct Field {
  std::string_view name, value;
  FieldKind kind;
};

// What a complete head says about itself. Views point into the buffer given to the last parse().
class ResponseHead {
 public:
  int status() const { return status_; }
  std::string_view reason() const { return at(reason_.value, reason_.value_size); }
  bool interim() const { return status_ < 200 && status_ != 101; }
  bool chunked() const { return chunked_; }
  std::optional<uint64_t> content_length() const { return length_; }
  // The sender keeps the connection after this message, as far as the head can tell.
  bool persistent() const { return persistent_; }

  size_t size() const { return fields_.size(); }
  Field operator[](size_t index) const {
    const FieldSlice& slice = fields_[index];
    return {at(slice.name, slice.name_size), at(slice.value, slice.value_size), slice.kind};
  }

 private:
  friend class ResponseHeadParser;
  std::string_view at(uint32_t start, uint32_t size) const { return {base_ + start, size}; }
  const char* base_ = "";
  std::span<FieldSlice> fields_;
  FieldSlice reason_;
  int status_ = 0;
  bool chunked_ = false, persistent_ = false;
  std::optional<uint64_t> length_;
};

class ResponseHeadParser {
 public:
  enum class State : uint8_t { incomplete, complete, refused };

  // storage bounds the number of fields together with limits.fields; it outlives the parser.
  ResponseHeadParser(std::span<FieldSlice> storage, HeadLimits limits);

  // buffer: everything received since the start of this head. After complete, length() bytes are the head.
  State parse(std::string_view buffer);
  // For the next head (after an interim response); its buffer starts at the next byte.
  void reset();

  const ResponseHead& head() const { return head_; }
  size_t length() const { return line_start_; }
  HeadFault fault() const { return fault_; }

 private:
  [[gnu::cold]] State refuse(HeadFault fault);
  HeadFault parse_line(std::string_view line);
  HeadFault parse_status_line(std::string_view line);
  HeadFault parse_field(std::string_view line);
  HeadFault note_content_length(std::string_view value);
  HeadFault note_coding(std::string_view value);
  HeadFault note_connection(std::string_view value);
  HeadFault finish();

  std::span<FieldSlice> storage_;
  HeadLimits limits_;
  ResponseHead head_;
  size_t line_start_ = 0, scanned_ = 0, field_count_ = 0, option_count_ = 0, length_digits_ = 0;
  int minor_version_ = 0;
  bool status_line_seen_ = false, close_ = false, keep_alive_ = false, named_fields_ = false;
  HeadFault fault_ = HeadFault::none;
};

}  // namespace navajo::http
