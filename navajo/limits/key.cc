#include "navajo/limits/key.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace navajo::limits {
namespace {

inline void sip_round(uint64_t& v0, uint64_t& v1, uint64_t& v2, uint64_t& v3) {
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

KeyBuilder::KeyBuilder(const KeySecret& secret)
    : v0_(secret.words[0] ^ 0x736f6d6570736575),
      v1_(secret.words[1] ^ 0x646f72616e646f6d ^ 0xee),
      v2_(secret.words[0] ^ 0x6c7967656e657261),
      v3_(secret.words[1] ^ 0x7465646279746573) {}

void KeyBuilder::word(uint64_t value) {
  v3_ ^= value;
  sip_round(v0_, v1_, v2_, v3_);
  sip_round(v0_, v1_, v2_, v3_);
  v0_ ^= value;
}

// Whole words only until the last call before finish(): what is left is in tail_.
void KeyBuilder::absorb(const void* bytes, size_t length) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  length_ += length;
  for (; length >= 8; at += 8, length -= 8) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) value |= uint64_t{at[i]} << (8 * i);
    word(value);
  }
  tail_ = 0;
  for (size_t i = 0; i < length; i++) tail_ |= uint64_t{at[i]} << (8 * i);
}

// A part is padded to whole words: its length stands before it.
KeyBuilder& KeyBuilder::part(std::string_view value) {
  word(value.size() + 1);
  length_ += 8;
  absorb(value.data(), value.size());
  if (const size_t rest = value.size() % 8; rest != 0) {
    word(tail_);
    length_ += 8 - rest;
    tail_ = 0;
  }
  return *this;
}

KeyBuilder& KeyBuilder::missing() {
  word(0);
  length_ += 8;
  return *this;
}

Key KeyBuilder::finish() {
  word(tail_ | length_ << 56);
  v2_ ^= 0xee;
  for (int i = 0; i < 4; i++) sip_round(v0_, v1_, v2_, v3_);
  Key key;
  key.low = v0_ ^ v1_ ^ v2_ ^ v3_;
  v1_ ^= 0xdd;
  for (int i = 0; i < 4; i++) sip_round(v0_, v1_, v2_, v3_);
  key.high = v0_ ^ v1_ ^ v2_ ^ v3_;
  if (key == Key{}) key.low = 1;
  return key;
}

Key digest_of(const KeySecret& secret, const void* bytes, size_t length) {
  KeyBuilder builder(secret);
  builder.absorb(bytes, length);
  return builder.finish();
}

std::array<uint8_t, 16> client_of(const std::array<uint8_t, 16>& address, int ipv6_prefix) {
  static constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), address.begin())) return address;
  std::array<uint8_t, 16> out{};
  const int bits = std::clamp(ipv6_prefix, 0, 128);
  for (int i = 0; i < 16; i++) {
    const int kept = std::clamp(bits - i * 8, 0, 8);
    out[static_cast<size_t>(i)] = static_cast<uint8_t>(address[static_cast<size_t>(i)] & (0xff00 >> kept));
  }
  return out;
}

}  // namespace navajo::limits
