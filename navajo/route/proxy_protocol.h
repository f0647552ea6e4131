// The PROXY protocol: who the client is, said ahead of everything else on a connection. Both versions, read and
// written. Nothing is kept; any thread. Source: haproxy.org, doc/proxy-protocol.txt (2020/03/05).
#pragma once

#include <string>
#include <string_view>

#include "navajo/reactor/socket.h"
#include "navajo/route/backend_row.h"

namespace navajo::route {

struct ProxyHeader {
  size_t length = 0;   // bytes of the header; what follows is the client's
  bool local = false;  // of the proxy itself (a health check), or a family nobody can say: no client is named
  reactor::Endpoint source, destination;
};

enum class ProxyHeaderState : uint8_t { incomplete, none, malformed, complete };

// The longest header that is read, with its TLVs; after so many bytes the answer is never `incomplete`.
inline constexpr size_t kMaxProxyHeader = 4096;

// none: the input begins with something else. header is written when the answer is `complete` only.
[[nodiscard]] ProxyHeaderState read_proxy_header(std::string_view input, ProxyHeader& header);

// Addresses of two families, or of none, are told as UNKNOWN / LOCAL.
std::string proxy_header_v1(const reactor::Endpoint& source, const reactor::Endpoint& destination);
std::string proxy_header_v2(const reactor::Endpoint& source, const reactor::Endpoint& destination);
// What a backend's row asks for; empty: nothing.
std::string proxy_header(SendProxy version, const reactor::Endpoint& source, const reactor::Endpoint& destination);

}  // namespace navajo::route
