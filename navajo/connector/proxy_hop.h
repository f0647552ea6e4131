// Another proxy on the way to a backend: it is asked with CONNECT for a connection to it (RFC 9110 section 9.3.6).
#pragma once

#include <string>
#include <string_view>

#include "navajo/connector/address.h"
#include "navajo/connector/failure.h"
#include "navajo/tls/stream.h"

namespace navajo::connector {

struct ProxyHop {
  BackendAddress address;
  std::string authorization;  // value of Proxy-Authorization; empty: none. Never logged
};

// stream is connected to the hop; after success it leads to `authority` ("host:port"), and what was read behind the
// answer's head is the next of its input. Waits on a fiber or thread.
[[nodiscard]] Failure ask_proxy(tls::Stream& stream, const ProxyHop& hop, std::string_view authority,
                                reactor::Deadline deadline);

}  // namespace navajo::connector
