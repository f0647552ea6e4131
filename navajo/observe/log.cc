#include "navajo/observe/log.h"

#include <cstdarg>
#include <cstdio>

#include "navajo/observe/log_format.h"
#include "navajo/observe/trace.h"

namespace navajo::observe {
namespace {

void to_stderr(LogId, std::string_view text) {
  fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}
bool up_to_notice(Level level) { return level <= Level::notice; }

LogSink g_sink = to_stderr;
LogFilter g_enabled = up_to_notice;

constexpr size_t kLineLimit = 4096;

}  // namespace

void set_log_sink(LogSink sink, LogFilter enabled) {
  g_sink = sink ? sink : to_stderr;
  g_enabled = enabled ? enabled : up_to_notice;
}

bool log_enabled(Level level) { return g_enabled(level); }

void log(LogId id, const char* format, ...) {
  const bool listened = g_enabled(id.level);
  const TraceGroup group = trace_group_of(id);
  const TraceLevel level = trace_level_of(id.level);
  if (!listened && !trace_enabled(group, level)) return;
  char raw[kLineLimit];
  const int head = snprintf(raw, sizeof raw, "NVJ%04u ", static_cast<unsigned>(id.number));
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(raw + head, sizeof raw - head, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  if (static_cast<size_t>(head + length) >= sizeof raw) length = sizeof raw - head - 1;
  const std::string_view text(raw, head + length);
  trace_text(group, level, text);
  if (!listened) return;
  char line[kLineLimit];
  g_sink(id, std::string_view(line, write_escaped(text, line).length));
}

}  // namespace navajo::observe
