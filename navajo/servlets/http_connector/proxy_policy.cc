#include "navajo/servlets/http_connector/proxy_policy.h"

#include <algorithm>
#include <array>

#include "navajo/http/syntax.h"

namespace navajo::servlets::http_connector {

std::string_view mime_type_of(std::string_view path, const MimeTypes& types) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  std::array<char, 32> lower;
  if (dot == std::string_view::npos || name.size() - dot - 1 > lower.size()) return {};
  const std::string_view extension = name.substr(dot + 1);
  std::transform(extension.begin(), extension.end(), lower.begin(), http::lower);
  const auto found = types.find(std::string_view(lower.data(), extension.size()));
  return found == types.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace navajo::servlets::http_connector
