// Endpoints written as text, for tests. Not part of libnavajo.
#pragma once

#include <string>

#include "navajo/reactor/socket.h"

namespace navajo::forward {

inline reactor::Endpoint endpoint(const std::string& address, uint16_t port = 443) {
  return reactor::parse_address(address, port).value_or(reactor::Endpoint{});
}

}  // namespace navajo::forward
