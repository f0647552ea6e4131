// SipHash-2-4 with 64 bits of result, over parts with their lengths, so that ("a","bc") and ("ab","c") are two things.
// With the secret of a segment nobody outside can make keys that meet; with the secret of zeros every server gets the
// same result, which consistent hashing wants. Never 0. No memory from the heap.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "navajo/reactor/socket.h"

namespace navajo::route {

struct DigestSecret {
  uint64_t words[2] = {0, 0};
};

class Digest {
 public:
  explicit Digest(const DigestSecret& secret);
  Digest& part(std::string_view value);
  uint64_t finish();

 private:
  void word(uint64_t value);
  uint64_t v0_, v1_, v2_, v3_, length_ = 0;
};

// What stands for one client: an IPv4 address as it is (also one mapped into IPv6), an IPv6 one cut to its first bits.
// None: it is neither, such as the path of a local socket.
std::optional<std::array<char, 16>> client_bytes(const reactor::Endpoint& client, unsigned ipv6_prefix);

}  // namespace navajo::route
