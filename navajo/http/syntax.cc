#include "navajo/http/syntax.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace navajo::http {
namespace {

enum : uint8_t { kToken = 1, kValue = 2, kHost = 4 };

constexpr std::array<uint8_t, 256> make_table() {
  std::array<uint8_t, 256> table{};
  for (int c = 0x20; c < 0x7f; c++) table[c] |= kValue;
  for (int c = 0x80; c < 0x100; c++) table[c] |= kValue;
  table['\t'] |= kValue;
  for (int c = '0'; c <= '9'; c++) table[c] |= kToken | kHost;
  for (int c = 'a'; c <= 'z'; c++) table[c] |= kToken | kHost;
  for (int c = 'A'; c <= 'Z'; c++) table[c] |= kToken | kHost;
  for (const char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
    table[static_cast<uint8_t>(c)] |= kToken;
  for (const char c : {'-', '.', '_', '~'}) table[static_cast<uint8_t>(c)] |= kHost;
  return table;
}
constexpr std::array<uint8_t, 256> kTable = make_table();

uint8_t classes(char c) { return kTable[static_cast<uint8_t>(c)]; }
bool is(uint8_t what, char c) { return classes(c) & what; }

// True when one of eight bytes is below 0x20 or is 0x7f (a tab, too: the caller looks again).
bool has_control_byte(uint64_t eight) {
  constexpr uint64_t ones = ~0ull / 255, tops = ones * 0x80;
  const uint64_t deletes = eight ^ (ones * 0x7f);
  return (((eight - ones * 0x20) & ~eight) | ((deletes - ones) & ~deletes)) & tops;
}

// Without a branch for each byte: nearly every text that is asked about passes.
bool all(uint8_t what, std::string_view text) {
  const char* at = text.data();
  size_t left = text.size();
  uint8_t common = what;
  for (; left >= 4; at += 4, left -= 4)
    common &= classes(at[0]) & classes(at[1]) & classes(at[2]) & classes(at[3]);
  for (; left > 0; at++, left--) common &= classes(*at);
  return common != 0;
}

}  // namespace

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

bool is_token(std::string_view text) { return !text.empty() && all(kToken, text); }

bool is_field_value(std::string_view text) {
  const size_t size = text.size();
  if (size < 8) return all(kValue, text);
  const auto passes = [](const char* at) {
    uint64_t eight;
    memcpy(&eight, at, 8);
    return !has_control_byte(eight) || all(kValue, std::string_view(at, 8));
  };
  for (size_t at = 0; at + 8 < size; at += 8)
    if (!passes(text.data() + at)) return false;
  return passes(text.data() + size - 8);
}

bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 512) return false;
  size_t end;
  if (text.front() == '[') {
    end = text.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    for (const char c : text.substr(1, end - 1))
      if (!is(kHost, c) && c != ':') return false;
    end++;
  } else {
    end = std::min(text.find(':'), text.size());
    if (end == 0 || !all(kHost, text.substr(0, end))) return false;
  }
  if (end == text.size()) return true;
  const std::string_view port = text.substr(end + 1);
  const auto number = parse_decimal(port);
  return text[end] == ':' && number && *number > 0 && *number <= 65535;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  if (number > INT64_MAX) return std::nullopt;
  return number;
}

std::optional<std::string_view> ListWalker::next() {
  while (!rest_.empty()) {
    const size_t comma = rest_.find(',');
    const std::string_view element = trim(rest_.substr(0, comma));
    rest_ = comma == std::string_view::npos ? std::string_view() : rest_.substr(comma + 1);
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

}  // namespace navajo::http
