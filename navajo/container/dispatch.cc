#include "navajo/container/dispatch.h"

#include <algorithm>

#include "navajo/http/request_target.h"

namespace navajo::container {
namespace {

constexpr std::string_view kDepth = "navajo.dispatch.depth";

constexpr std::string_view kOfTheBody[] = {
    "Content-Type",      "Content-Length", "Content-Encoding",  "Transfer-Encoding",   "Expect", "Range",
    "If-Range",          "If-Match",       "If-None-Match",     "If-Modified-Since",   "If-Unmodified-Since",
    "Content-Language",  "Content-MD5",    "Digest",            "Content-Digest",      "Repr-Digest",
};

std::string_view kept(std::string_view text, std::pmr::memory_resource& memory) {
  char* const start = static_cast<char*>(memory.allocate(text.size() + 1, 1));
  std::copy(text.begin(), text.end(), start);
  return {start, text.size()};
}

size_t mapped_length(const api::Request& inner, std::string_view path) {
  const std::string_view mapped = inner.servlet_path();
  const bool below =
      path.starts_with(mapped) && (path.size() == mapped.size() || mapped.ends_with('/') || path[mapped.size()] == '/');
  return below ? mapped.size() : 0;
}

}  // namespace

std::optional<std::string_view> normalised_path(std::string_view decoded, std::pmr::memory_resource& memory) {
  if (!decoded.starts_with('/')) return std::nullopt;
  char* const start = static_cast<char*>(memory.allocate(decoded.size() + 1, 1));
  char* out = start;
  for (size_t at = 0; at < decoded.size();) {
    at++;  // the slash
    const size_t end = std::min(decoded.find('/', at), decoded.size());
    const std::string_view segment = decoded.substr(at, end - at);
    if (segment == "." || segment == "..") return std::nullopt;
    for (const char c : segment)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    if (!segment.empty() || end == decoded.size()) {
      if (segment.empty() && out != start && out[-1] == '/') break;
      *out++ = '/';
      out = std::copy(segment.begin(), segment.end(), out);
    }
    at = end;
  }
  return std::string_view(start, static_cast<size_t>(out - start));
}

RedirectedRequest::RedirectedRequest(api::Request& inner, std::string_view path, std::string_view query)
    : RequestWrapper(inner),
      target_(http::encode_target("", path, query, inner.memory())),
      path_(kept(path, inner.memory())),
      query_(target_.substr(std::min(target_.find('?'), target_.size()))),
      servlet_path_length_(mapped_length(inner, path_)) {
  if (!query_.empty()) query_.remove_prefix(1);
}

PageRequest::PageRequest(api::Request& inner, std::string_view path, std::string_view query)
    : RedirectedRequest(inner, path, query), head_(inner.method() == "HEAD"), fields_(inner.headers(), kOfTheBody) {}

api::Outcome dispatch(api::Servlet& servlet, api::Request& request, api::Response& response) {
  const auto before = request.attribute(kDepth);
  const int depth = before && !before->empty() ? (*before)[0] - '0' : 0;
  if (depth >= kMaxDispatches) return api::Outcome::refused(508, "dispatch_loop");
  const char deeper = static_cast<char>('0' + depth + 1), back = static_cast<char>('0' + depth);
  request.set_attribute(kDepth, {&deeper, 1});
  const api::Outcome outcome = servlet.service(request, response);
  request.set_attribute(kDepth, {&back, 1});
  return outcome;
}

}  // namespace navajo::container
