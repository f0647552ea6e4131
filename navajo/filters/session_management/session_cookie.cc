#include "navajo/filters/session_management/session_cookie.h"

#include <vector>

#include "navajo/http/cookies.h"
#include "navajo/http/syntax.h"

namespace navajo::filters::session_management {

SessionCookie::Candidates SessionCookie::take_from(api::Request& request) const {
  Candidates found;
  bool there = false;
  request.headers().for_each([&](std::string_view field, std::string_view value) {
    if (!http::same_name(field, "Cookie")) return true;
    http::CookieWalker walk(value);
    while (const auto cookie = walk.next()) {
      if (cookie->name != settings_.name) continue;
      there = true;
      if (found.count == kMaxCandidates) continue;
      // The field is changed below.
      found.values[found.count++] =
          *std::pmr::polymorphic_allocator<>(&request.memory()).new_object<std::pmr::string>(cookie->value);
    }
    return true;
  });
  if (there) http::remove_cookie(request.headers(), settings_.name, request.memory());
  return found;
}

void SessionCookie::keep_from(http::Headers& fields, std::pmr::memory_resource& memory) const {
  const auto is_ours = [this](std::string_view field, std::string_view value) {
    return http::same_name(field, "Set-Cookie") && http::trim(value.substr(0, value.find('='))) == settings_.name;
  };
  bool there = false;
  fields.for_each([&](std::string_view field, std::string_view value) {
    there |= is_ours(field, value);
    return !there;
  });
  if (!there) return;
  std::pmr::vector<std::pmr::string> others(&memory);
  fields.for_each([&](std::string_view field, std::string_view value) {
    if (http::same_name(field, "Set-Cookie") && !is_ours(field, value)) others.emplace_back(value);
    return true;
  });
  fields.remove("Set-Cookie");
  for (const std::pmr::string& other : others) fields.add("Set-Cookie", other);
}

void SessionCookie::write_to(http::Headers& fields, std::string_view id, bool over_tls,
                             std::pmr::memory_resource& memory) const {
  keep_from(fields, memory);
  std::pmr::string line(settings_.name, &memory);
  line.append("=").append(id).append("; Path=").append(settings_.path);
  if (!settings_.domain.empty()) line.append("; Domain=").append(settings_.domain);
  if (id.empty()) line.append("; Max-Age=0");
  if (settings_.secure == Secure::always || over_tls) line.append("; Secure");
  if (settings_.http_only) line.append("; HttpOnly");
  if (!settings_.same_site.empty()) line.append("; SameSite=").append(settings_.same_site);
  fields.add("Set-Cookie", line);
}

}  // namespace navajo::filters::session_management
