#include "navajo/servlets/http_connector/location.h"

#include <algorithm>
#include <optional>

#include "navajo/http/headers.h"
#include "navajo/http/request_target.h"
#include "navajo/servlets/http_connector/joined_text.h"

namespace navajo::servlets::http_connector {
namespace {

struct Parts {
  std::string_view scheme;     // "http", "https", or empty for a path
  std::string_view authority;  // empty for a path
  std::string_view rest;       // path, query and fragment
};

std::optional<Parts> split(std::string_view value) {
  Parts parts;
  if (value.starts_with("/") && !value.starts_with("//")) {
    parts.rest = value;
    return parts;
  }
  for (const std::string_view scheme : {"http", "https"}) {
    if (value.size() <= scheme.size() + 3 || !http::same_name(value.substr(0, scheme.size()), scheme)) continue;
    if (value.substr(scheme.size(), 3) != "://") continue;
    parts.scheme = scheme;
    value.remove_prefix(scheme.size() + 3);
    const size_t end = std::min(value.find_first_of("/?#"), value.size());
    parts.authority = value.substr(0, end);
    parts.rest = value.substr(end);
    return parts;
  }
  return std::nullopt;  // relative, or none of ours
}

// "host:80" is "host", with https "host:443": both are what a backend makes of its address.
std::string_view without_default_port(std::string_view authority, std::string_view scheme) {
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size()) : authority;
}
bool same_authority(std::string_view a, std::string_view b, std::string_view scheme) {
  return http::same_name(without_default_port(a, scheme), without_default_port(b, scheme));
}

bool starts_with_path(std::string_view rest, std::string_view prefix) {
  if (!rest.starts_with(prefix)) return false;
  return rest.size() == prefix.size() || std::string_view("/?#").find(rest[prefix.size()]) != std::string_view::npos;
}

}  // namespace

std::string_view mapped_prefix(api::Request& request) {
  const std::string_view path = request.path();
  const std::string_view prefix = path.substr(0, path.size() - request.path_info().size());
  return prefix.empty() ? prefix : http::encode_target("", prefix, "", request.memory());
}

std::string_view client_location(std::string_view value, const Settings& settings, api::Request& request,
                                 std::string_view sent_host, const connector::BackendAddress& backend) {
  const auto parts = split(value);
  if (!parts) return value;
  const std::string_view client = request.authority();
  const std::string_view scheme = request.secure() ? "https" : "http";
  bool ours = parts->scheme.empty();
  if (!ours && http::same_name(parts->authority, client)) {
    // The backend knows the public name. It may send a client to https, never back from there.
    if (parts->scheme != "http" || scheme == "http") return value;
    ours = true;
  }
  if (!ours) {
    // Some backends do not know that they are spoken to with TLS; a plain one's https is another server.
    const bool its_scheme = parts->scheme == "http" || settings.connector.tls;
    ours = its_scheme && (same_authority(parts->authority, sent_host, parts->scheme) ||
                          same_authority(parts->authority, backend.host_field, parts->scheme));
  }
  if (!ours || (client.empty() && !parts->scheme.empty())) return value;

  const std::string_view start = parts->scheme.empty() ? "" : scheme;
  const std::string_view colon = parts->scheme.empty() ? "" : "://";
  const std::string_view host = parts->scheme.empty() ? "" : client;
  if (settings.mapping == Mapping::request_uri)
    return parts->scheme.empty() ? value : joined({start, colon, host, parts->rest}, request.memory());
  if (!starts_with_path(parts->rest, settings.uri_prefix)) return value;
  return joined({start, colon, host, mapped_prefix(request), parts->rest.substr(settings.uri_prefix.size())},
                request.memory());
}

}  // namespace navajo::servlets::http_connector
