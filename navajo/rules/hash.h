// The hashes of the image's tables: seeded, so that nobody can choose values that fall into one place, and without
// regard to the case of ASCII letters: what they find is compared or judged afterwards.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace navajo::rules {

inline uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Eight bytes at once: capital letters made small.
inline uint64_t fold(uint64_t bytes) {
  constexpr uint64_t ones = 0x0101010101010101u;
  const uint64_t low = bytes & 0x7f * ones;
  const uint64_t capital = ((low + 0x3f * ones) ^ (low + 0x25 * ones)) & ~bytes & 0x80 * ones;
  return bytes | capital >> 2;
}

inline unsigned char fold(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return static_cast<unsigned char>(byte - 'A') < 26 ? static_cast<unsigned char>(byte | 0x20) : byte;
}

inline uint64_t hash(uint64_t seed, std::string_view text) {
  uint64_t state = mix(seed, text.size());
  const char* at = text.data();
  size_t left = text.size();
  uint64_t word = 0;
  for (; left >= 8; at += 8, left -= 8) {
    memcpy(&word, at, 8);
    state = mix(state, fold(word));
  }
  if (left == 0) return state;
  word = 0;
  if (text.size() >= 8) {  // the last eight, some of them again
    memcpy(&word, at + left - 8, 8);
  } else if (left >= 4) {
    uint32_t first = 0, last = 0;
    memcpy(&first, at, 4);
    memcpy(&last, at + left - 4, 4);
    word = static_cast<uint64_t>(first) | static_cast<uint64_t>(last) << 32;
  } else {
    word = static_cast<unsigned char>(at[0]) | static_cast<uint64_t>(static_cast<unsigned char>(at[left / 2])) << 8 |
           static_cast<uint64_t>(static_cast<unsigned char>(at[left - 1])) << 16;
  }
  return mix(state, fold(word));
}

inline bool same_folded(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++)
    if (fold(a[i]) != fold(b[i])) return false;
  return true;
}

}  // namespace navajo::rules
