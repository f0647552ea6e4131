// One record of an event log: a JSON object on a line of its own (RFC 8259), built member by member in the caller's
// memory. Bounded: beyond kMaxRecord texts are cut and members left out, and the record says so with
// "truncated":true. Any byte is allowed in a text: bytes that are no UTF-8 become U+FFFD, control characters are
// escaped (failure-modes.md row 24). By one fiber or thread; views are read during the call only.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>

#include "navajo/http/headers.h"
#include "navajo/rules/redaction.h"

namespace navajo::rules {

class EventRecord {
 public:
  static constexpr size_t kMaxRecord = 256 * 1024;
  EventRecord(const Redaction& redaction, std::pmr::memory_resource& memory);
  void text(std::string_view name, std::string_view value);     // patterns are applied
  void literal(std::string_view name, std::string_view value);  // of our own: a rule's id
  void number(std::string_view name, int64_t value);
  void decimal(std::string_view name, double value);  // null when it is not finite
  void boolean(std::string_view name, bool value);
  void begin(std::string_view name);  // a nested object
  void end();
  // An object of the fields named (one "*": all of them), those with several values as an array. Names that are
  // hidden have the value "[redacted]"; to the others' values patterns are applied, unless the name is shown.
  void headers(std::string_view name, const http::Headers& fields, std::span<const std::string> wanted);
  // The whole record with its newline, once.
  std::string_view finish();

 private:
  bool key(std::string_view name);
  size_t room() const;
  void value(std::string_view text);
  void scrubbed(std::string_view text);
  void field(std::string_view name, const http::Headers& fields);
  void raw(std::string_view text);

  const Redaction& redaction_;
  std::pmr::string out_;
  std::pmr::string scratch_;
  bool first_ = true, truncated_ = false;
  int depth_ = 0, skipped_ = 0;  // skipped_: objects that were begun where there was no room
};

}  // namespace navajo::rules
