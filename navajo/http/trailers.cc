#include "navajo/http/trailers.h"

#include <algorithm>
#include <array>

#include "navajo/http/field_kind.h"
#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

constexpr std::string_view kForbidden[] = {
    "age", "alt-svc", "authorization", "cache-control", "clear-site-data", "cookie", "cookie2", "date", "expires",
    "front-end-https", "max-forwards", "origin", "pragma", "prefer", "priority", "range", "referer", "refresh",
    "retry-after", "set-cookie", "set-cookie2", "status", "strict-transport-security", "true-client-ip", "user-agent",
    "vary", "warning", "www-authenticate"};
constexpr std::string_view kForbiddenPrefixes[] = {"accept", "access-control-", "content-", "if-", "proxy-", "sec-",
                                                   "x-accel-", "x-forwarded-", "x-original-", "x-rewrite-"};
constexpr size_t kLongest = 128;

}  // namespace

bool may_follow_body(std::string_view name) {
  if (name.empty() || name.size() > kLongest || field_kind(name, Spelling::folded) != FieldKind::other) return false;
  std::array<char, kLongest> folded;
  for (size_t i = 0; i < name.size(); i++) folded[i] = name[i] == '_' ? '-' : lower(name[i]);
  const std::string_view text(folded.data(), name.size());
  for (const std::string_view prefix : kForbiddenPrefixes)
    if (text.starts_with(prefix)) return false;
  return std::find(std::begin(kForbidden), std::end(kForbidden), text) == std::end(kForbidden);
}

void for_each_trailer(std::string_view lines, Headers::Visitor visit) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(std::min(lines.size(), line.size() + 2));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (!visit(line.substr(0, colon), trim(line.substr(colon + 1)))) return;
  }
}

bool accepts_trailers(const Headers& request) {
  if (!request.get("TE")) return false;
  bool accepts = false;
  request.for_each([&](std::string_view name, std::string_view value) {
    if (field_kind(name) != FieldKind::te) return true;
    ListWalker walk(value);
    while (const auto element = walk.next()) accepts = accepts || same_name(*element, "trailers");
    return true;
  });
  return accepts;
}

}  // namespace navajo::http
