// The field names a proxy must treat in its own way, found once per field instead of compared again and again.
// Source: RFC 9110 section 7.6.1 (Connection), 11.7 (Proxy-*), RFC 9112, RFC 7239.
#pragma once

#include <cstdint>
#include <string_view>

namespace navajo::http {

enum class FieldKind : uint8_t {
  other,
  // Between two neighbours only: never forwarded.
  connection,
  keep_alive,
  proxy_connection,
  te,
  trailer,
  upgrade,
  http2_settings,
  proxy_authenticate,
  proxy_authentication_info,
  proxy_authorization,
  named_by_connection,  // set by whoever has read the Connection field
  // Framing and routing: never copied, always made anew.
  transfer_encoding,
  content_length,
  host,
  expect,
  // "Proxy: x" becomes HTTP_PROXY in CGI-like backends (CVE-2016-5385).
  proxy,
  // Made by the proxy, according to its parameters.
  via,
  forwarded,
  x_forwarded_for,
  x_forwarded_proto,
  x_forwarded_host,
  x_real_ip,
  // Looked at.
  content_type,
  location,
  content_location,
};

enum class Spelling : uint8_t {
  exact,   // case does not matter
  folded,  // and '_' counts as '-': what CGI, WSGI and the like make of a name
};

FieldKind field_kind(std::string_view name, Spelling spelling = Spelling::exact);

// Never forwarded, whichever direction.
constexpr bool is_hop_by_hop(FieldKind kind) {
  return kind >= FieldKind::connection && kind <= FieldKind::transfer_encoding;
}

}  // namespace navajo::http
