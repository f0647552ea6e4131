// Who a request comes from when other proxies stand before this server. Each hop adds the one it got the request from
// to X-Forwarded-For, so the list is true from the right as far as the hops are trusted: the right-most address that is
// not a trusted proxy is the client, and what stands left of it is the client's own claim.
// Called once per request, before anybody looks at the fields. RFC 7239 section 8.1 says why.
#pragma once

#include <memory_resource>
#include <string_view>

#include "navajo/base/function_ref.h"
#include "navajo/http/headers.h"

namespace navajo::http {

// peer: the other end of the connection; known: who the client is as far as others (mod_remoteip) have found out, else
// the peer. Returns the client's address, which lives in memory or is `known`.
// Of an untrusted peer every X-Forwarded-*, Forwarded and X-Real-IP is removed, however it is spelled. Of a trusted one
// they stay, X-Forwarded-For from the client's address on.
std::string_view client_behind_proxies(std::string_view peer, std::string_view known, Headers& fields,
                                       base::FunctionRef<bool(std::string_view)> trusted,
                                       std::pmr::memory_resource& memory);

}  // namespace navajo::http
