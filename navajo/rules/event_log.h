// Records of requests that rules chose, as JSON lines into a file or a program's standard input (logprox's job). A
// record is made when the request is over, on the request's own fiber, with what it really took; write() only copies
// it into a queue of limited size, a thread writes. What finds no room is dropped and counted. Redaction is on unless
// switched off by name. One per EventLog element and child; made in the parent.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/base/clock.h"
#include "navajo/config/diagnostics.h"
#include "navajo/config/regex.h"
#include "navajo/http/headers.h"

namespace navajo::rules {

struct EventLogOptions {
  std::string name;
  std::string file;      // absolute; or
  std::string program;   // a command line: its standard input
  uint64_t queue = 4 << 20;       // bytes waiting to be written, of a child
  uint64_t per_second = 0;        // records of a child; 0: any
  uint64_t rotate_at = 0;         // bytes; 0: never (logrotate does it)
  std::vector<std::string> redact_headers;   // besides those that are always: Redaction::kHeaders
  std::vector<std::string> redact_patterns;  // PCRE2: what they find in values, targets and bodies is blacked out
  std::vector<std::string> show_headers;     // taken out of the list, by name
};

// What is blacked out.
class Redaction {
 public:
  // Authorization, Proxy-Authorization, Cookie, Set-Cookie, X-Api-Key, Api-Key, X-Auth-Token, X-Csrf-Token ...
  static std::span<const char* const> default_headers();
  static base::Result<Redaction> make(const EventLogOptions& options);
  bool hides_header(std::string_view name) const;
  // Appends the value with what the patterns find replaced by "[redacted]". A pattern that gives up: all of it is.
  void append(std::string_view value, std::pmr::string& into) const;

 private:
  std::vector<std::string> headers_;
  std::vector<config::Regex> patterns_;
};

// One JSON object, built field by field in the caller's memory; bounded: beyond kMaxRecord texts are cut, and the
// record says so with "truncated":true. Any byte is allowed in a text: bytes that are no UTF-8 become U+FFFD, control
// characters are escaped (failure-modes.md row 24).
class EventRecord {
 public:
  static constexpr size_t kMaxRecord = 256 * 1024;
  EventRecord(const Redaction& redaction, std::pmr::memory_resource& memory);
  void text(std::string_view name, std::string_view value);      // patterns are applied
  void literal(std::string_view name, std::string_view value);   // of our own: a rule's id
  void number(std::string_view name, int64_t value);
  void decimal(std::string_view name, double value);
  void boolean(std::string_view name, bool value);
  void begin(std::string_view name);  // a nested object
  void end();
  // An object of the fields named (one "*": all of them), those with several values as an array.
  void headers(std::string_view name, const http::Headers& fields, std::span<const std::string> wanted);
  // The whole record with its newline, once.
  std::string_view finish();

 private:
  void key(std::string_view name);
  void string(std::string_view value);
  const Redaction& redaction_;
  std::pmr::string out_;
  bool first_ = true, truncated_ = false;
  int depth_ = 0;
};

class EventLog {
 public:
  // Null after a fault.
  static std::shared_ptr<EventLog> open(const EventLogOptions& options, config::Diagnostics& diagnostics);
  virtual ~EventLog() = default;

  virtual const Redaction& redaction() const = 0;
  // Whether a record would be taken now: asked before one is made. Counts what is left out.
  virtual bool wanted(base::TimePoint now) = 0;
  // Any thread or fiber; never waits.
  virtual void write(std::string_view record) = 0;

  virtual void start_child() = 0;
  // Writes what is queued, for at most two seconds.
  virtual void stop_child() = 0;
  virtual void report(api::StatusWriter& writer) const = 0;
};

}  // namespace navajo::rules
