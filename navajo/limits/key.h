// Whom a limit is for: a digest of any number of parts, each with its length before it, so that ("a","bc") and
// ("ab","c") are two keys, and a part that is missing is another than an empty one. Keyed with a secret of the table,
// so that nobody can make keys that collide or fall into one row (failure-modes.md rows 34, 35). No memory from the
// heap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace navajo::limits {

struct Key {
  uint64_t high = 0, low = 0;  // never both 0
  bool operator==(const Key&) const = default;
};

// Part of it, by which people name a key: what the tables have of it.
inline uint64_t key_id(const Key& key) { return key.high | uint64_t{1} << 63; }

struct KeySecret {
  uint64_t words[2] = {0, 0};
};

// SipHash-2-4 with 128 bits of result: `low` is the first half of the reference output, `high` the second.
class KeyBuilder {
 public:
  explicit KeyBuilder(const KeySecret& secret);
  KeyBuilder& part(std::string_view value);
  KeyBuilder& missing();
  Key finish();

 private:
  void absorb(const void* bytes, size_t length);
  void word(uint64_t value);
  friend Key digest_of(const KeySecret& secret, const void* bytes, size_t length);
  uint64_t v0_, v1_, v2_, v3_, tail_ = 0, length_ = 0;
};

// Of plain bytes: for checksums.
Key digest_of(const KeySecret& secret, const void* bytes, size_t length);

// The part of an address that stands for one client: an IPv4 address as it is, an IPv6 one cut to its first bits.
std::array<uint8_t, 16> client_of(const std::array<uint8_t, 16>& address, int ipv6_prefix);

}  // namespace navajo::limits
