// Where the client of a forward proxy wants its request to go. Plain data of one request; the views live as long.
#pragma once

#include <cstdint>
#include <string_view>

namespace navajo::forward {
class ForwardProxy;
}

namespace navajo::api {

struct ForwardTarget {
  std::string_view host;  // lower-case name, or an address without brackets
  uint16_t port = 0;
  bool secure = false;    // https: TLS to the destination
  std::string_view name;  // what its certificate has to be good for: host, or the server name the client spoke of
  // Its certificate does not verify, the client was shown so and went on (untrustedUpstream="mirror").
  bool untrusted = false;
  // Which proxy it came to: its rules hold for the way on. Never null.
  const forward::ForwardProxy* proxy = nullptr;
};

}  // namespace navajo::api
