#include "navajo/http/request_target.h"

#include <array>
#include <cstdint>

#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

enum : uint8_t { kTarget = 1, kPath = 2 };

constexpr std::array<uint8_t, 256> make_table() {
  std::array<uint8_t, 256> table{};
  for (int c = 0x21; c < 0x7f; c++) table[c] |= kTarget;
  table['#'] = 0;
  for (int c = '0'; c <= '9'; c++) table[c] |= kPath;
  for (int c = 'a'; c <= 'z'; c++) table[c] |= kPath;
  for (int c = 'A'; c <= 'Z'; c++) table[c] |= kPath;
  // pchar and "/": unreserved, sub-delims, ':' and '@'.
  for (const char c : {'-', '.', '_', '~', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '=', ':', '@', '/'})
    table[static_cast<uint8_t>(c)] |= kPath;
  return table;
}
constexpr std::array<uint8_t, 256> kTable = make_table();

bool is(uint8_t what, char c) { return kTable[static_cast<uint8_t>(c)] & what; }

std::optional<char> decoded_octet(std::string_view encoded, size_t at) {
  if (at + 2 >= encoded.size()) return std::nullopt;
  int value = 0;
  for (size_t i = at + 1; i <= at + 2; i++) {
    const char c = lower(encoded[i]);
    if (c >= '0' && c <= '9')
      value = value * 16 + (c - '0');
    else if (c >= 'a' && c <= 'f')
      value = value * 16 + (c - 'a' + 10);
    else
      return std::nullopt;
  }
  return static_cast<char>(value);
}

bool is_encoded_slash(std::string_view path, size_t at) { return path[at] == '%' && decoded_octet(path, at) == '/'; }

char* put(char* out, char c, bool plain) {
  static const char digits[] = "0123456789ABCDEF";
  if (plain) {
    *out++ = c;
    return out;
  }
  *out++ = '%';
  *out++ = digits[static_cast<uint8_t>(c) >> 4];
  *out++ = digits[static_cast<uint8_t>(c) & 15];
  return out;
}

}  // namespace

bool is_request_target(std::string_view target) {
  if (target == "*") return true;
  if (target.empty() || target.front() != '/') return false;
  for (const char c : target)
    if (!is(kTarget, c)) return false;
  return true;
}

std::optional<std::string_view> spelling_of_tail(std::string_view encoded, std::string_view decoded, size_t tail) {
  size_t i = 0, j = 0, tail_in_encoded = encoded.size();
  while (i < encoded.size() && j < decoded.size()) {
    if (j == tail) tail_in_encoded = i;
    if (encoded[i] != '%') {
      if (!is(kTarget, encoded[i]) || encoded[i] != decoded[j]) return std::nullopt;
      i++, j++;
      continue;
    }
    const auto octet = decoded_octet(encoded, i);
    if (!octet) return std::nullopt;
    if (*octet == '/') {
      // Decoded to a plain slash it would be another path: only the undecoded form is the same.
      if (!is_encoded_slash(decoded, j)) return std::nullopt;
      i += 3, j += 3;
      continue;
    }
    if (*octet != decoded[j]) return std::nullopt;
    i += 3, j++;
  }
  if (i != encoded.size() || j != decoded.size() || tail > decoded.size()) return std::nullopt;
  if (tail < decoded.size() && tail_in_encoded == encoded.size()) return std::nullopt;  // tail cuts an octet
  return encoded.substr(tail_in_encoded);
}

std::string_view encode_target(std::string_view prefix, std::string_view path, std::string_view query,
                               std::pmr::memory_resource& memory) {
  const size_t room = prefix.size() + 3 * (path.size() + query.size()) + 2;
  char* start = static_cast<char*>(memory.allocate(room, 1));
  char* out = start;
  for (const char c : prefix) *out++ = c;
  if (prefix.empty() && (path.empty() || path.front() != '/')) *out++ = '/';
  for (const char c : path) out = put(out, c, is(kPath, c));
  if (!query.empty()) {
    *out++ = '?';
    for (const char c : query) out = put(out, c, is(kTarget, c));
  }
  return {start, static_cast<size_t>(out - start)};
}

}  // namespace navajo::http
