// Cookies on their way in: the pairs of a Cookie field, as the server reads them (RFC 6265 section 5.4). Lenient as
// every server must be: what is no pair is skipped, quotes around a value are part of it.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::http {

struct Cookie {
  std::string_view name, value;
};

//   CookieWalker walk(field); while (auto cookie = walk.next()) ...
class CookieWalker {
 public:
  explicit CookieWalker(std::string_view field) : rest_(field) {}
  std::optional<Cookie> next();

 private:
  std::string_view rest_;
};

// Takes every cookie of that name out of the request; a Cookie field that has no other goes as a whole.
void remove_cookie(Headers& headers, std::string_view name, std::pmr::memory_resource& memory);

}  // namespace navajo::http
