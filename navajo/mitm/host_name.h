// Whom a certificate is for: a DNS name as certificates spell it (A-labels in lower case, no final dot; RFC 5280
// 4.2.1.6, RFC 5890), or an address. What comes in is a client's word (CONNECT, SNI). Plain values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace navajo::mitm {

struct HostName {
  std::string text;  // an address as inet_ntop(3) writes it, without brackets
  std::array<uint8_t, 16> address{};
  uint8_t address_bytes = 0;  // 4, 16, or 0: a name

  bool is_address() const { return address_bytes != 0; }
};

// Underscores are taken, since hosts with them exist. None for everything else that is neither name nor address:
// wildcards, U-labels, zone ids, a name whose last label is a number (another spelling of an address).
std::optional<HostName> parse_host_name(std::string_view text);

// "*.example.com" of "www.example.com"; empty where a wildcard would be too wide (fewer than two labels remain, or what
// remains looks like a registry: "co.uk", "com.au", "github.io") or makes no sense (an address).
std::string wildcard_for(const HostName& name);

}  // namespace navajo::mitm
