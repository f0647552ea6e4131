// The keys of the index: the same for who writes it and who looks things up.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "navajo/rules/anchors.h"
#include "navajo/rules/hash.h"

namespace navajo::rules {

inline uint64_t index_key(AnchorKey::Kind kind, uint32_t source, uint64_t what) {
  return mix(what, static_cast<uint64_t>(source) << 8 | static_cast<uint64_t>(kind));
}

inline uint64_t exact_key(uint64_t seed, uint32_t source, std::string_view text) {
  return index_key(AnchorKey::Kind::exact, source, hash(seed, text));
}

inline uint64_t number_key(uint64_t seed, uint32_t source, int64_t number) {
  return index_key(AnchorKey::Kind::number, source, mix(seed, static_cast<uint64_t>(number)));
}

// Only the first `bits` of the address count.
inline uint64_t network_key(uint64_t seed, uint32_t source, const std::array<uint8_t, 16>& address, int bits) {
  std::array<uint8_t, 16> masked{};
  const auto whole = static_cast<size_t>(bits / 8);
  memcpy(masked.data(), address.data(), whole);
  if (bits % 8) masked[whole] = static_cast<uint8_t>(address[whole] & 0xff << (8 - bits % 8));
  uint64_t words[2];
  memcpy(words, masked.data(), sizeof words);
  return index_key(AnchorKey::Kind::network, source, mix(mix(seed + static_cast<uint64_t>(bits), words[0]), words[1]));
}

// Calls `found` with the key of the first segments, and of one more, and so on; at the end of all with that of the
// whole, if there are not too many.
template <class Found>
void segment_keys(uint64_t seed, uint32_t source, std::string_view path, Found found) {
  uint64_t state = seed;
  size_t at = 0;
  for (size_t count = 0;; count++) {
    while (at < path.size() && path[at] == '/') at++;
    if (at == path.size()) break;
    if (count == kMaxKeySegments) return;
    const size_t end = std::min(path.find('/', at), path.size());
    state = mix(state, hash(seed, path.substr(at, end - at)));
    if (end < path.size()) found(index_key(AnchorKey::Kind::segments, source, state));
    at = end;
  }
  found(index_key(AnchorKey::Kind::whole_segments, source, state));
}

// Calls `found` with the key of the last label, and of one more, and so on, where a dot stands before them.
template <class Found>
void label_keys(uint64_t seed, uint32_t source, std::string_view host, Found found) {
  uint64_t state = seed;
  for (size_t count = 0; count < kMaxKeySegments; count++) {
    const size_t dot = host.rfind('.');
    if (dot == std::string_view::npos) return;
    state = mix(state, hash(seed, host.substr(dot + 1)));
    found(index_key(AnchorKey::Kind::labels, source, state));
    host = host.substr(0, dot);
  }
}

// Three bytes that were folded, the first one lowest; `window` moves on by one byte.
inline uint32_t gram(unsigned char a, unsigned char b, unsigned char c) {
  return static_cast<uint32_t>(a) | static_cast<uint32_t>(b) << 8 | static_cast<uint32_t>(c) << 16;
}
inline uint32_t next_gram(uint32_t window, unsigned char next) {
  return window >> 8 | static_cast<uint32_t>(next) << 16;
}

// A bit for each gram that some literal is found by: nearly all places of a text are done with it.
class GramFilter {
 public:
  // `bits` is a power of two, from 64 to 2^31.
  GramFilter(uint64_t seed, uint64_t bits)
      : factor_(static_cast<uint32_t>(seed | 1) * 0x9e3779b1u), shift_(32 - std::countr_zero(bits)) {}
  uint32_t bit(uint32_t gram) const { return gram * factor_ >> shift_; }

 private:
  uint32_t factor_;
  int shift_;
};
inline uint64_t gram_key(uint64_t seed, uint32_t source, uint32_t gram) {
  return index_key(AnchorKey::Kind::literal, source, mix(seed, gram));
}

}  // namespace navajo::rules
