// The characters of HTTP/1.1: what may stand in a field name, a field value, a host and a request target.
// Everything Navajo forwards passes one of these checks, so no byte that a peer chose can start a new line.
// Source: RFC 9110 sections 5.1, 5.5, 5.6.2; RFC 9112 section 3.2; RFC 3986.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "navajo/base/ascii.h"

namespace navajo::http {

// token: one or more of RFC 9110's tchar.
bool is_token(std::string_view text);
// No control byte except horizontal tab (an empty value is fine). Bytes above 0x7f are allowed (obs-text).
bool is_field_value(std::string_view text);
// reg-name, IPv4 or [IPv6], with an optional :port; nothing that could be read as more than one host.
bool is_host(std::string_view text);
// Without leading and trailing spaces and tabs.
std::string_view trim(std::string_view text);
using base::lower;
// Of a hexadecimal digit; -1: it is none.
int hex_value(char c);

// Digits only, up to 2^63 - 1.
std::optional<uint64_t> parse_decimal(std::string_view text);

// The elements of a comma-separated list (RFC 9110 section 5.6.1), trimmed, empty ones skipped:
//   ListWalker walk(value); while (auto element = walk.next()) ...
class ListWalker {
 public:
  explicit ListWalker(std::string_view list) : rest_(list) {}
  std::optional<std::string_view> next();

 private:
  std::string_view rest_;
};

}  // namespace navajo::http
