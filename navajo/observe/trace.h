// Trace lines: what goes to navajo.log. A line belongs to a group and has a level from 0 (EMERGENCY) to 10; it is
// written when its level is not above its group's threshold. Thresholds are set by the parent before it forks and
// changed at run time by the child's trace reloader; reading one is a relaxed load, so a line that is off costs a
// compare.
//
//   observe::trace(TraceGroup::NavajoOp, TraceLevel::info, "<<<<< '%s'", uri);
//
// Where preparing the arguments costs something, ask trace_enabled() first. Any thread, any fiber; never waits (see
// trace_writer.h for where records go). Lines of observe::log() come here too, in the group of their id.
// Facts: nevisproxy-container-servlets.md 6.2, 6.3; nevisproxy-filters-ops.md 6.1 to 6.3.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "navajo/observe/log.h"

namespace navajo::observe {

enum class TraceLevel : int8_t {
  emergency = 0,
  alert = 1,
  critical = 2,
  error = 3,
  notice = 5,
  info = 6,
  dbg_lo = 7,
  dbg_me = 8,
  dbg_hi = 9,
  max = 10,
};

enum class TraceGroup : uint8_t {
#define NVJ_TRACE_GROUP(name, speaks, doc) name,
#include "navajo/observe/trace_groups.def"
#undef NVJ_TRACE_GROUP
};

struct TraceGroupRow {
  const char* name;
  bool speaks;  // false: known by name, no line is written in it
  const char* doc;
};
inline constexpr TraceGroupRow kTraceGroupRows[] = {
#define NVJ_TRACE_GROUP(name, speaks, doc) {#name, speaks, doc},
#include "navajo/observe/trace_groups.def"
#undef NVJ_TRACE_GROUP
};
inline constexpr size_t kTraceGroups = std::size(kTraceGroupRows);

std::optional<TraceGroup> trace_group(std::string_view name);
TraceGroup trace_group_of(LogId id);
TraceLevel trace_level_of(Level level);

// ---------------------------------------------------------------- levels

// A group's threshold is the sum of both: base 5 and 1 in the profile write INFO.
struct TraceLevels {
  int base = 5;
  std::array<int8_t, kTraceGroups> profile{};
  bool operator==(const TraceLevels&) const = default;
};

// Does nothing while there is no sink: nothing is formatted for nobody.
void set_trace_levels(const TraceLevels& levels);
TraceLevels trace_levels();

namespace detail {
extern std::array<std::atomic<int8_t>, kTraceGroups> g_trace_ends;  // the first level that is off
}

inline bool trace_enabled(TraceGroup group, TraceLevel level) {
  return static_cast<int8_t>(level) <
         detail::g_trace_ends[static_cast<size_t>(group)].load(std::memory_order_relaxed);
}

// ---------------------------------------------------------------- where lines go

// A whole record with its newline, at most kTraceRecordLimit bytes.
using TraceSink = void (*)(std::string_view record);
// Writes the id of the transaction served here into 64 bytes and says how long it is; 0: none.
using TraceTransaction = size_t (*)(char* into);

// A record is not longer than what a pipe takes in one piece.
inline constexpr size_t kTraceRecordLimit = 4096;

// Set by the parent, or by a test; null: off. Before threads start.
void set_trace_sink(TraceSink sink);
void set_trace_transaction(TraceTransaction transaction);

// ---------------------------------------------------------------- lines

[[gnu::format(printf, 3, 4)]] void trace(TraceGroup group, TraceLevel level, const char* format, ...);
// The same with a text that is ready.
void trace_text(TraceGroup group, TraceLevel level, std::string_view text);

}  // namespace navajo::observe
