#include "navajo/http/cookies.h"

#include "navajo/http/syntax.h"

namespace navajo::http {

std::optional<Cookie> CookieWalker::next() {
  while (!rest_.empty()) {
    const size_t end = rest_.find(';');
    const std::string_view pair = trim(rest_.substr(0, end));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    return Cookie{trim(pair.substr(0, equals)), trim(pair.substr(equals + 1))};
  }
  return std::nullopt;
}

void remove_cookie(Headers& headers, std::string_view name, std::pmr::memory_resource& memory) {
  bool there = false;
  std::pmr::string kept(&memory);
  headers.for_each([&](std::string_view field, std::string_view value) {
    if (!same_name(field, "Cookie")) return true;
    CookieWalker walk(value);
    while (const auto cookie = walk.next()) {
      if (cookie->name == name) {
        there = true;
        continue;
      }
      if (!kept.empty()) kept.append("; ");
      kept.append(cookie->name).append("=").append(cookie->value);
    }
    return true;
  });
  if (!there) return;
  if (kept.empty())
    headers.remove("Cookie");
  else
    headers.set("Cookie", kept);
}

}  // namespace navajo::http
