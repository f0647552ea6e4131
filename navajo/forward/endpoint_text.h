// Endpoints written as text, for tests. Not part of libnavajo.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>

#include "navajo/reactor/socket.h"

namespace navajo::forward {

inline reactor::Endpoint endpoint(const std::string& address, uint16_t port = 443) {
  reactor::Endpoint out;
  auto& four = reinterpret_cast<sockaddr_in&>(out.address);
  auto& six = reinterpret_cast<sockaddr_in6&>(out.address);
  if (inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    out.length = sizeof four;
  } else if (inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    out.length = sizeof six;
  }
  return out;
}

}  // namespace navajo::forward
