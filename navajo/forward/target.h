// The destination a client names: of CONNECT "host:port", of an absolute target its authority. One spelling per host,
// so that rules, cache and connection mean the same one: lower case, no final dot, IPv4 addresses in dotted decimal
// however they were written ("0x7f.1", "2130706433"), IPv6 addresses in canonical form without brackets. Source: RFC
// 9112 section 3.2; the IPv4 spellings are those inet_aton(3) takes, as browsers and resolvers do.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace navajo::forward {

struct Target {
  std::string host;
  uint16_t port = 0;
  bool is_address = false;

  std::string text() const;  // "www.example.com:443", "[::1]:443"
};

// default_port 0: a port has to be there. None: no destination, or one that could be read in two ways.
std::optional<Target> parse_target(std::string_view authority, uint16_t default_port);

}  // namespace navajo::forward
