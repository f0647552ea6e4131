#include "navajo/forward/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cctype>

#include "navajo/config/text.h"
#include "navajo/http/syntax.h"

namespace navajo::forward {
namespace {

constexpr size_t kLongestHost = 253;

bool canonical_v6(std::string_view text, std::string& into) {
  in6_addr address;
  const std::string plain(text);
  if (inet_pton(AF_INET6, plain.c_str(), &address) != 1) return false;
  char out[INET6_ADDRSTRLEN];
  if (IN6_IS_ADDR_V4MAPPED(&address))
    inet_ntop(AF_INET, address.s6_addr + 12, out, sizeof out);
  else
    inet_ntop(AF_INET6, &address, out, sizeof out);
  into = out;
  return true;
}

// Whether resolvers would take it for an IPv4 address: its last label is a number.
bool looks_like_v4(std::string_view host) {
  const size_t dot = host.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (last.empty()) return false;
  if (last.starts_with("0x")) return last.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
  return last.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_name(std::string_view host) {
  if (host.empty() || host.size() > kLongestHost) return false;
  size_t label = 0;
  for (const char c : host) {
    if (c == '.' && label == 0) return false;
    label = c == '.' ? 0 : label + 1;
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!fits || label > 63) return false;
  }
  return label > 0;
}

}  // namespace

std::string Target::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<Target> parse_target(std::string_view authority, uint16_t default_port) {
  Target out;
  std::string_view host = authority, port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!port.empty() && port.front() != ':') return std::nullopt;
    if (!canonical_v6(host, out.host)) return std::nullopt;
    out.is_address = true;
  } else {
    const size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
    out.host = config::lower_case(host);
    if (out.host.ends_with('.')) out.host.pop_back();
    if (looks_like_v4(out.host)) {
      in_addr address;
      if (inet_aton(out.host.c_str(), &address) != 1) return std::nullopt;
      char text[INET_ADDRSTRLEN];
      out.host = inet_ntop(AF_INET, &address, text, sizeof text);
      out.is_address = true;
    } else if (!is_name(out.host)) {
      return std::nullopt;
    }
  }
  out.port = default_port;
  if (!port.empty()) {
    const auto number = http::parse_decimal(port.substr(1));
    if (!number || *number < 1 || *number > 65535) return std::nullopt;
    out.port = static_cast<uint16_t>(*number);
  }
  if (out.port == 0) return std::nullopt;
  return out;
}

}  // namespace navajo::forward
