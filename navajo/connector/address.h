// Where backends are, as an administrator writes it: "app1:8080 app2:8080 | spare:8080". Blanks separate addresses,
// '|' separates groups; the order is the order of preference. An address is a name, an IPv4 literal, an IPv6
// literal in brackets, each with an optional port, or "unix:/path".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::connector {

struct BackendAddress {
  std::string host;  // for the resolver: without brackets; "unix:/path" as a whole
  uint16_t port = 0;
  std::string text;        // for people: "app1:8080", "[::1]:80", "unix:/path"
  std::string name{};      // what its certificate has to be good for; empty: host
  std::string host_field;  // for the Host field: the default port is left out
  size_t group = 0;
};

inline constexpr size_t kMaxBackends = 64;

// All faults of the text are told in one error. Never an empty list.
base::Result<std::vector<BackendAddress>> parse_addresses(std::string_view text, uint16_t default_port);

}  // namespace navajo::connector
