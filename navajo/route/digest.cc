#include "navajo/route/digest.h"

#include <netinet/in.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace navajo::route {
namespace {

void sip_round(uint64_t& v0, uint64_t& v1, uint64_t& v2, uint64_t& v3) {
  v0 += v1;
  v1 = std::rotl(v1, 13) ^ v0;
  v0 = std::rotl(v0, 32);
  v2 += v3;
  v3 = std::rotl(v3, 16) ^ v2;
  v0 += v3;
  v3 = std::rotl(v3, 21) ^ v0;
  v2 += v1;
  v1 = std::rotl(v1, 17) ^ v2;
  v2 = std::rotl(v2, 32);
}

}  // namespace

Digest::Digest(const DigestSecret& secret)
    : v0_(secret.words[0] ^ 0x736f6d6570736575),
      v1_(secret.words[1] ^ 0x646f72616e646f6d),
      v2_(secret.words[0] ^ 0x6c7967656e657261),
      v3_(secret.words[1] ^ 0x7465646279746573) {}

void Digest::word(uint64_t value) {
  v3_ ^= value;
  sip_round(v0_, v1_, v2_, v3_);
  sip_round(v0_, v1_, v2_, v3_);
  v0_ ^= value;
  length_ += 8;
}

// Padded to whole words: the length stands before it.
Digest& Digest::part(std::string_view value) {
  word(value.size());
  for (size_t at = 0; at < value.size(); at += 8) {
    uint64_t bytes = 0;
    memcpy(&bytes, value.data() + at, std::min<size_t>(8, value.size() - at));
    word(bytes);
  }
  return *this;
}

uint64_t Digest::finish() {
  word(length_ << 56);
  v2_ ^= 0xff;
  for (int i = 0; i < 4; i++) sip_round(v0_, v1_, v2_, v3_);
  const uint64_t out = v0_ ^ v1_ ^ v2_ ^ v3_;
  return out == 0 ? 1 : out;
}

std::optional<std::array<char, 16>> client_bytes(const reactor::Endpoint& client, unsigned ipv6_prefix) {
  static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::array<char, 16> out{};
  if (client.address.ss_family == AF_INET) {
    memcpy(out.data(), kMapped, sizeof kMapped);
    memcpy(out.data() + 12, &reinterpret_cast<const sockaddr_in&>(client.address).sin_addr, 4);
    return out;
  }
  if (client.address.ss_family != AF_INET6) return std::nullopt;
  const auto* const from = reinterpret_cast<const sockaddr_in6&>(client.address).sin6_addr.s6_addr;
  const unsigned bits = memcmp(from, kMapped, sizeof kMapped) == 0 ? 128 : std::min(ipv6_prefix, 128u);
  for (unsigned i = 0; i < 16; i++) {
    const unsigned kept = bits <= i * 8 ? 0 : std::min(bits - i * 8, 8u);
    out[i] = static_cast<char>(from[i] & (0xff00 >> kept));
  }
  return out;
}

}  // namespace navajo::route
