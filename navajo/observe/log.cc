#include "navajo/observe/log.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace navajo::observe {
namespace {

void to_stderr(LogId, std::string_view text) {
  fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}
bool up_to_notice(Level level) { return level <= Level::notice; }

LogSink g_sink = to_stderr;
LogFilter g_enabled = up_to_notice;

constexpr size_t kLineLimit = 4096;

// One line is one record: whatever a peer sent cannot start a second one.
size_t escape(const char* from, size_t length, char* to, size_t room) {
  static const char digits[] = "0123456789abcdef";
  size_t out = 0;
  for (size_t i = 0; i < length && out + 4 < room; i++) {
    const unsigned char c = static_cast<unsigned char>(from[i]);
    if (c >= 0x20 && c != 0x7f) {
      to[out++] = from[i];
      continue;
    }
    to[out++] = '\\';
    to[out++] = 'x';
    to[out++] = digits[c >> 4];
    to[out++] = digits[c & 15];
  }
  return out;
}

}  // namespace

void set_log_sink(LogSink sink, LogFilter enabled) {
  g_sink = sink ? sink : to_stderr;
  g_enabled = enabled ? enabled : up_to_notice;
}

bool log_enabled(Level level) { return g_enabled(level); }

void log(LogId id, const char* format, ...) {
  if (!g_enabled(id.level)) return;
  char raw[kLineLimit];
  const int head = snprintf(raw, sizeof raw, "NVJ%04u ", static_cast<unsigned>(id.number));
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(raw + head, sizeof raw - head, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  if (static_cast<size_t>(head + length) >= sizeof raw) length = sizeof raw - head - 1;
  char line[kLineLimit];
  const size_t size = escape(raw, head + length, line, sizeof line);
  g_sink(id, std::string_view(line, size));
}

}  // namespace navajo::observe
