// Where a connector may connect to, judged on the address itself: a name that resolves to something else tomorrow is
// judged anew tomorrow (DNS rebinding). Implementations may be asked by all threads at once.
#pragma once

#include "navajo/reactor/socket.h"

namespace navajo::connector {

class EndpointGuard {
 public:
  virtual ~EndpointGuard() = default;
  virtual bool allows(const reactor::Endpoint& endpoint) const = 0;
  // Behind another proxy, which resolves names by itself, an address that is given as such is all that can be judged.
  bool allows_named(const std::string& host, uint16_t port) const {
    const auto literal = reactor::parse_address(host, port);
    return !literal || allows(*literal);
  }
};

}  // namespace navajo::connector
