#include "navajo/container/url_pattern.h"

#include <algorithm>

namespace navajo::container {

base::Result<UrlPattern> UrlPattern::parse(std::string_view text) {
  const auto fail = [](const char* why) { return base::Failed{base::Error{why}}; };
  if (text == "/" || text == "/*") return UrlPattern(Kind::everything, "");
  if (text.substr(0, 2) == "*.") {
    if (text.size() == 2 || text.find_first_of("/*.", 2) != std::string_view::npos)
      return fail("has to be *.extension, without a slash, a star or a second dot");
    return UrlPattern(Kind::extension, text.substr(1));
  }
  if (text.empty() || text[0] != '/') return fail("has to start with a slash");
  const bool prefix = text.size() > 2 && text.substr(text.size() - 2) == "/*";
  if (prefix) text.remove_suffix(2);
  if (text.find('*') != std::string_view::npos) return fail("may have a star only at its end, after a slash");
  const std::string closed = std::string(text) + "/";
  if (text.find("//") != std::string_view::npos || closed.find("/./") != std::string::npos ||
      closed.find("/../") != std::string::npos)
    return fail("never matches: paths are normalised before they are compared");
  return UrlPattern(prefix ? Kind::prefix : Kind::exact, text);
}

bool UrlPattern::overlaps(const UrlPattern& other) const {
  // "/a/*" and "*.jsp" have /a/x.jsp in common.
  if (std::min(kind_, other.kind_) == Kind::prefix && std::max(kind_, other.kind_) == Kind::extension) return true;
  return matches(other.example()) || other.matches(example());
}

std::string UrlPattern::text() const {
  if (kind_ == Kind::extension) return "*" + path_;
  return kind_ == Kind::everything ? "/*" : kind_ == Kind::prefix ? path_ + "/*" : path_;
}

}  // namespace navajo::container
