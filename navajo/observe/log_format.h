// The bytes of a navajo.log record, and of the ids in it:
//
//   2026 11 22 13:36:43.123 0.1.0 NavajoOp   01234.5678.<trID> 6-INFO  : text
//
// One line is one record: control bytes of the text are written as \xNN, a text that is too long is cut and ends in
// "...". The group is padded or cut to ten characters. Local time. No allocation; any thread. Facts:
// nevisproxy-container-servlets.md 6.3.
#pragma once

#include <ctime>
#include <span>
#include <string_view>

#include "navajo/observe/trace.h"

namespace navajo::observe {

enum class TraceTimeFormat : uint8_t {
  detailed,  // 2026 11 22 13:36:43.123
  ctime,     // Sun Nov 22 13:36:43 2026
  time0,     // 1795354603.123: seconds since 1970
};

// BC.Tracer.TimeFormat and BC.Tracer.ProgName (empty: Navajo's version). Before threads start; cut at 63 bytes.
void set_record_format(TraceTimeFormat time, std::string_view program);

struct RecordHead {
  TraceGroup group;
  TraceLevel level;
  std::string_view transaction;  // empty: "-"
};

// The record with its newline, in `into`, written now. into: at least 256 bytes.
std::string_view write_record(const RecordHead& head, std::string_view text, std::span<char> into);

// Escapes into `to`; cut before the first byte there is no room for.
struct Escaped {
  size_t length;  // in `to`
  bool whole;     // nothing was cut
};
Escaped write_escaped(std::string_view text, std::span<char> to);

// "<32 hex>.<16 hex>", the shape of a W3C trace id and span id, for a request id of 32 hex digits; the second half is
// derived from the first, so all lines of a request agree. Any other id is taken as it is. Returns the length.
size_t write_transaction_id(std::string_view request_id, std::span<char> into);

}  // namespace navajo::observe
