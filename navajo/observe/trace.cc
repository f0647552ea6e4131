#include "navajo/observe/trace.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "navajo/observe/log_format.h"

namespace navajo::observe {

std::array<std::atomic<int8_t>, kTraceGroups> detail::g_trace_ends;

namespace {

TraceSink g_sink = nullptr;
TraceTransaction g_transaction = nullptr;
TraceLevels g_levels;

// Trace lines are made on small fiber stacks; nothing between filling and using these gives the thread away.
thread_local char t_text[kTraceRecordLimit];
thread_local char t_record[kTraceRecordLimit];

void apply() {
  for (size_t i = 0; i < kTraceGroups; i++) {
    const int sum = std::clamp(g_levels.base + g_levels.profile[i], 0, 10);
    detail::g_trace_ends[i].store(static_cast<int8_t>(g_sink ? sum + 1 : 0), std::memory_order_relaxed);
  }
}

struct Range {
  uint16_t first, last;
  TraceGroup group;
};
// The first that fits.
constexpr Range kRanges[] = {
    {1000, 1099, TraceGroup::NavajoReactor}, {1101, 1102, TraceGroup::NavajoReqIO},
    {1105, 1105, TraceGroup::NavajoReqIO},   {1110, 1110, TraceGroup::NavajoRequest},
    {1193, 1194, TraceGroup::NavajoTimer},   {1100, 1199, TraceGroup::NavajoStart},
    {1200, 1299, TraceGroup::IsiwebOp},
    {1343, 1343, TraceGroup::NavajoStart},   {1344, 1346, TraceGroup::NavajoResource},
    {1300, 1399, TraceGroup::NavajoConfig},  {1400, 1499, TraceGroup::NavajoOp},
    {1600, 1699, TraceGroup::NavajoSession},
};

}  // namespace

std::optional<TraceGroup> trace_group(std::string_view name) {
  for (size_t i = 0; i < kTraceGroups; i++)
    if (name == kTraceGroupRows[i].name) return static_cast<TraceGroup>(i);
  return std::nullopt;
}

TraceGroup trace_group_of(LogId id) {
  for (const Range& range : kRanges)
    if (id.number >= range.first && id.number <= range.last) return range.group;
  return TraceGroup::NavajoStart;
}

TraceLevel trace_level_of(Level level) {
  switch (level) {
    case Level::emergency: return TraceLevel::emergency;
    case Level::alert: return TraceLevel::alert;
    case Level::critical: return TraceLevel::critical;
    case Level::error: return TraceLevel::error;
    case Level::warning:  // 4 is not used
    case Level::notice: return TraceLevel::notice;
    case Level::info: return TraceLevel::info;
    case Level::debug: return TraceLevel::dbg_lo;
    case Level::trace: return TraceLevel::dbg_hi;
  }
  return TraceLevel::error;
}

void set_trace_levels(const TraceLevels& levels) {
  g_levels = levels;
  apply();
}

TraceLevels trace_levels() { return g_levels; }

void set_trace_sink(TraceSink sink) {
  g_sink = sink;
  apply();
}

void set_trace_transaction(TraceTransaction transaction) { g_transaction = transaction; }

void trace(TraceGroup group, TraceLevel level, const char* format, ...) {
  if (!trace_enabled(group, level)) return;
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(t_text, sizeof t_text, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  trace_text(group, level, {t_text, std::min(static_cast<size_t>(length), sizeof t_text - 1)});
}

void trace_text(TraceGroup group, TraceLevel level, std::string_view text) {
  const TraceSink sink = g_sink;
  if (!sink || !trace_enabled(group, level)) return;
  char transaction[64];
  const size_t length = g_transaction ? g_transaction(transaction) : 0;
  const RecordHead head{group, level, {transaction, length}};
  sink(write_record(head, text, t_record));
}

}  // namespace navajo::observe
