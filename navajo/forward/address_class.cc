#include "navajo/forward/address_class.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace navajo::forward {
namespace {

struct Row4 {
  uint32_t network;
  int bits;
  AddressClass kind;
};

constexpr uint32_t four(uint32_t a, uint32_t b, uint32_t c, uint32_t d) { return a << 24 | b << 16 | c << 8 | d; }

constexpr Row4 kRows4[] = {
    {four(0, 0, 0, 0), 8, AddressClass::unspecified},  // "this network": Linux takes it for the loopback
    {four(10, 0, 0, 0), 8, AddressClass::private_use},
    {four(100, 64, 0, 0), 10, AddressClass::private_use},
    {four(127, 0, 0, 0), 8, AddressClass::loopback},
    {four(169, 254, 0, 0), 16, AddressClass::link_local},
    {four(172, 16, 0, 0), 12, AddressClass::private_use},
    {four(192, 0, 0, 0), 24, AddressClass::reserved},
    {four(192, 0, 2, 0), 24, AddressClass::reserved},
    {four(192, 88, 99, 0), 24, AddressClass::reserved},
    {four(192, 168, 0, 0), 16, AddressClass::private_use},
    {four(198, 18, 0, 0), 15, AddressClass::reserved},
    {four(198, 51, 100, 0), 24, AddressClass::reserved},
    {four(203, 0, 113, 0), 24, AddressClass::reserved},
    {four(224, 0, 0, 0), 4, AddressClass::multicast},
    {four(240, 0, 0, 0), 4, AddressClass::reserved},
};

AddressClass classify4(uint32_t address) {
  for (const Row4& row : kRows4)
    if ((address ^ row.network) >> (32 - row.bits) == 0) return row.kind;
  return AddressClass::global;
}

uint32_t embedded(const uint8_t* bytes) { return four(bytes[0], bytes[1], bytes[2], bytes[3]); }

bool starts_with(const uint8_t* bytes, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes);
}

AddressClass classify6(const uint8_t* bytes) {
  constexpr uint8_t kZero[16] = {};
  if (memcmp(bytes, kZero, 16) == 0) return AddressClass::unspecified;
  if (memcmp(bytes, kZero, 15) == 0 && bytes[15] == 1) return AddressClass::loopback;
  if (memcmp(bytes, kZero, 10) == 0 && bytes[10] == 0xff && bytes[11] == 0xff) return classify4(embedded(bytes + 12));
  if (memcmp(bytes, kZero, 12) == 0) return classify4(embedded(bytes + 12));  // the old IPv4-compatible ones
  if (starts_with(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return classify4(embedded(bytes + 12));
  if (starts_with(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 1})) return AddressClass::private_use;  // local NAT64, RFC 8215
  if (starts_with(bytes, {0x20, 0x02})) return classify4(embedded(bytes + 2));
  if (starts_with(bytes, {0x20, 0x01, 0x0d, 0xb8}) || starts_with(bytes, {0x3f, 0xff})) return AddressClass::reserved;
  if (starts_with(bytes, {0x20, 0x01}) && bytes[2] < 2) return AddressClass::reserved;  // 2001::/23, Teredo among them
  if ((bytes[0] & 0xfe) == 0xfc) return AddressClass::private_use;
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return AddressClass::link_local;
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0) return AddressClass::private_use;  // site-local, deprecated
  if (bytes[0] == 0xff) return AddressClass::multicast;
  return (bytes[0] & 0xe0) == 0x20 ? AddressClass::global : AddressClass::reserved;  // only 2000::/3 is given out
}

}  // namespace

AddressClass classify(const reactor::Endpoint& endpoint) {
  if (endpoint.address.ss_family == AF_INET)
    return classify4(ntohl(reinterpret_cast<const sockaddr_in&>(endpoint.address).sin_addr.s_addr));
  if (endpoint.address.ss_family == AF_INET6)
    return classify6(reinterpret_cast<const sockaddr_in6&>(endpoint.address).sin6_addr.s6_addr);
  return AddressClass::reserved;
}

const char* word(AddressClass kind) {
  switch (kind) {
    case AddressClass::global: return "global";
    case AddressClass::loopback: return "loopback";
    case AddressClass::link_local: return "link-local";
    case AddressClass::private_use: return "private";
    case AddressClass::unspecified: return "unspecified";
    case AddressClass::multicast: return "multicast";
    case AddressClass::reserved: break;
  }
  return "reserved";
}

}  // namespace navajo::forward
