#include "navajo/http/trace_context.h"

#include <algorithm>
#include <cstring>

#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

constexpr size_t kMostMembers = 32;

bool is_small_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool all_small_hex(std::string_view text) { return std::all_of(text.begin(), text.end(), is_small_hex); }
bool all_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool may_follow(char c) { return is_small_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '*' || c == '/'; }

bool is_key_part(std::string_view text, size_t most, bool may_begin_with_digit) {
  if (text.empty() || text.size() > most) return false;
  if (!is_small_letter(text[0]) && !(may_begin_with_digit && is_digit(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), may_follow);
}

// "vendor" or "tenant@vendor".
bool is_key(std::string_view key) {
  const size_t at = key.find('@');
  // Level 2 lets a simple key begin with a digit, as tenants always could.
  if (at == std::string_view::npos) return is_key_part(key, 256, true);
  return is_key_part(key.substr(0, at), 241, true) && is_key_part(key.substr(at + 1), 14, false);
}

bool is_value(std::string_view value) {
  if (value.empty() || value.size() > 256 || value.back() == ' ') return false;
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view value) {
  value = trim(value);
  if (value.size() < kTraceParentLength || !all_small_hex(value.substr(0, 2)) || value.starts_with("ff")) return {};
  // Later versions may have more, behind another dash.
  if (value.size() > kTraceParentLength && (value.starts_with("00") || value[kTraceParentLength] != '-')) return {};
  if (value[2] != '-' || value[35] != '-' || value[52] != '-') return {};
  const std::string_view trace = value.substr(3, 32), parent = value.substr(36, 16), flags = value.substr(53, 2);
  if (!all_small_hex(trace) || !all_small_hex(parent) || !all_small_hex(flags)) return {};
  if (all_zero(trace) || all_zero(parent)) return {};
  TraceParent out;
  memcpy(out.trace_id.data(), trace.data(), trace.size());
  memcpy(out.parent_id.data(), parent.data(), parent.size());
  out.flags = static_cast<uint8_t>((hex_value(flags[0]) << 4 | hex_value(flags[1])) &
                                   (TraceParent::kSampled | TraceParent::kRandom));
  return out;
}

std::array<char, kTraceParentLength> traceparent_text(const TraceParent& parent) {
  std::array<char, kTraceParentLength> out;
  memcpy(out.data(), "00-", 3);
  memcpy(out.data() + 3, parent.trace_id.data(), 32);
  out[35] = '-';
  memcpy(out.data() + 36, parent.parent_id.data(), 16);
  out[52] = '-';
  out[53] = '0';
  out[54] = static_cast<char>('0' + (parent.flags & 3));
  return out;
}

bool is_tracestate(std::span<const std::string_view> values) {
  std::array<std::string_view, kMostMembers> keys;
  size_t count = 0;
  for (const std::string_view value : values) {
    ListWalker walk(value);
    while (const auto member = walk.next()) {
      const size_t equals = member->find('=');
      if (equals == std::string_view::npos || count == kMostMembers) return false;
      const std::string_view key = member->substr(0, equals);
      if (!is_key(key) || !is_value(member->substr(equals + 1))) return false;
      if (std::find(keys.begin(), keys.begin() + count, key) != keys.begin() + count) return false;
      keys[count++] = key;
    }
  }
  return count > 0;
}

}  // namespace navajo::http
