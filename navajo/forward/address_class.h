// What kind of place an IP address is. A proxy that anybody may name addresses to must not be a way into this machine
// or its network (server-side request forgery), so all but `global` is refused unless it is allowed by name. An IPv4
// address that is only dressed as an IPv6 one (mapped, NAT64, 6to4) is judged as what it leads to. Source: the IANA
// registries of special-purpose addresses (RFC 6890, RFC 8190), RFC 6052, RFC 3056.
#pragma once

#include <cstdint>

#include "navajo/reactor/socket.h"

namespace navajo::forward {

enum class AddressClass : uint8_t {
  global,
  loopback,
  link_local,   // cloud metadata services live there
  private_use,  // RFC 1918, unique local, shared (carrier NAT)
  unspecified,
  multicast,
  reserved,     // documentation, benchmarking, protocol assignments, class E, broadcast, no IP address at all
};

AddressClass classify(const reactor::Endpoint& endpoint);
const char* word(AddressClass kind);

}  // namespace navajo::forward
