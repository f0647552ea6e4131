// Log lines leave the library through one sink: httpd's error log under httpd, standard error in the
// command line, a vector in tests. A line is: id, what, whom, what next. The text is data when it gets
// here (formatted by the caller, arguments always through %s): never a format string of the sink's.
// log() may be called from any thread and any fiber; the sink is set once, before threads start.
#pragma once

#include <cstdint>
#include <string_view>

namespace navajo::observe {

enum class Level : uint8_t { emergency, alert, critical, error, warning, notice, info, debug, trace };

struct LogId {
  uint16_t number;
  Level level;
};

namespace id {
#define NVJ_LOG(number, level, name) inline constexpr LogId name{number, Level::level};
#include "navajo/observe/log_ids.def"
#undef NVJ_LOG
}  // namespace id

using LogSink = void (*)(LogId id, std::string_view text);
using LogFilter = bool (*)(Level level);

void set_log_sink(LogSink sink, LogFilter enabled);
bool log_enabled(Level level);

// The line is "NVJ<number> <text>", cut at 4 KB; control bytes are escaped. Cold: the
// compiler takes whatever leads to a line out of the way of what does not.
[[gnu::format(printf, 2, 3), gnu::cold]] void log(LogId id, const char* format, ...);

}  // namespace navajo::observe
