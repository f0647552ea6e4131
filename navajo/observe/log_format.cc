#include "navajo/observe/log_format.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "navajo/base/build_config.h"

namespace navajo::observe {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr size_t kGroupWidth = 10;

TraceTimeFormat g_time = TraceTimeFormat::detailed;
char g_program[64] = NAVAJO_VERSION;

const char* level_text(TraceLevel level) {
  switch (level) {
    case TraceLevel::emergency: return "0-EMERG : ";
    case TraceLevel::alert: return "1-ALERT : ";
    case TraceLevel::critical: return "2-CRIT  : ";
    case TraceLevel::error: return "3-ERROR : ";
    case TraceLevel::notice: return "5-NOTICE: ";
    case TraceLevel::info: return "6-INFO  : ";
    case TraceLevel::dbg_lo: return "7-DBG_LO: ";
    case TraceLevel::dbg_me: return "8-DBG_ME: ";
    case TraceLevel::dbg_hi: return "9-DBG_HI: ";
    case TraceLevel::max: return "10-DBG_MX: ";
  }
  return "3-ERROR : ";
}

// The text of a second is made once per thread and second: localtime_r takes a lock of the whole process.
size_t write_time(std::span<char> into) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const int milliseconds = static_cast<int>(now.tv_nsec / 1'000'000);
  if (g_time == TraceTimeFormat::time0)
    return snprintf(into.data(), into.size(), "%lld.%03d", static_cast<long long>(now.tv_sec), milliseconds);
  struct Second {
    time_t second = -1;
    TraceTimeFormat format{};
    size_t length = 0;
    char text[40];
  };
  thread_local Second cached;
  if (cached.second != now.tv_sec || cached.format != g_time) {
    tm parts;
    localtime_r(&now.tv_sec, &parts);
    const char* format = g_time == TraceTimeFormat::ctime ? "%a %b %e %H:%M:%S %Y" : "%Y %m %d %H:%M:%S.";
    cached.length = strftime(cached.text, sizeof cached.text, format, &parts);
    cached.second = now.tv_sec;
    cached.format = g_time;
  }
  memcpy(into.data(), cached.text, cached.length);
  size_t length = cached.length;
  if (g_time == TraceTimeFormat::detailed)
    for (int i = 100; i > 0; i /= 10) into[length++] = static_cast<char>('0' + milliseconds / i % 10);
  return length;
}

}  // namespace

void set_record_format(TraceTimeFormat time, std::string_view program) {
  g_time = time;
  if (program.empty()) program = NAVAJO_VERSION;
  const size_t length = write_escaped(program, {g_program, sizeof g_program - 1}).length;
  g_program[length] = 0;
}

Escaped write_escaped(std::string_view text, std::span<char> to) {
  size_t out = 0;
  for (const char character : text) {
    const unsigned char c = static_cast<unsigned char>(character);
    const bool plain = c >= 0x20 && c != 0x7f;
    if (out + (plain ? 1 : 4) > to.size()) return {out, false};
    if (plain) {
      to[out++] = character;
      continue;
    }
    to[out++] = '\\';
    to[out++] = 'x';
    to[out++] = kDigits[c >> 4];
    to[out++] = kDigits[c & 15];
  }
  return {out, true};
}

std::string_view write_record(const RecordHead& head, std::string_view text, std::span<char> into) {
  size_t at = write_time(into);
  const std::string_view group = kTraceGroupRows[static_cast<size_t>(head.group)].name;
  const std::string_view transaction = head.transaction.empty() ? "-" : head.transaction;
  // The thread as `top -H` and gdb show it. It and the process are asked anew: a fork changes them under a cache.
  const long thread = syscall(SYS_gettid);
  at += snprintf(into.data() + at, into.size() - at, " %s %-*.*s %05d.%ld.%.*s %s", g_program,
                 static_cast<int>(kGroupWidth), static_cast<int>(std::min(group.size(), kGroupWidth)), group.data(),
                 static_cast<int>(getpid()), thread, static_cast<int>(std::min<size_t>(transaction.size(), 64)),
                 transaction.data(), level_text(head.level));
  constexpr std::string_view kCut = "...";
  const Escaped written = write_escaped(text, into.subspan(at, into.size() - at - kCut.size() - 1));
  at += written.length;
  if (!written.whole) {
    memcpy(into.data() + at, kCut.data(), kCut.size());
    at += kCut.size();
  }
  into[at++] = '\n';
  return {into.data(), at};
}

size_t write_transaction_id(std::string_view request_id, std::span<char> into) {
  const size_t length = std::min(request_id.size(), into.size());
  memcpy(into.data(), request_id.data(), length);
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (length != 32 || into.size() < 49 || !std::all_of(request_id.begin(), request_id.end(), is_hex)) return length;
  uint64_t mixed = 0xcbf29ce484222325;  // FNV-1a, then the end of splitmix64
  for (const char c : request_id) mixed = (mixed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  mixed ^= mixed >> 31;
  into[32] = '.';
  for (size_t i = 0; i < 16; i++) into[33 + i] = kDigits[mixed >> (60 - 4 * i) & 15];
  return 49;
}

}  // namespace navajo::observe
