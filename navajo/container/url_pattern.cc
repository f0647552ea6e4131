#include "navajo/container/url_pattern.h"

namespace navajo::container {

base::Result<UrlPattern> UrlPattern::parse(std::string_view text) {
  const auto fail = [](const char* why) { return base::Failed{base::Error{why}}; };
  if (text == "/" || text == "/*") return UrlPattern(Kind::everything, "");
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
  return matches(other.example()) || other.matches(example());
}

std::string UrlPattern::text() const {
  return kind_ == Kind::everything ? "/*" : kind_ == Kind::prefix ? path_ + "/*" : path_;
}

}  // namespace navajo::container
