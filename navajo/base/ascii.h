// Letters without their case, as protocols compare them: A to Z whatever the locale, and no other byte.
// Inline: names of fields are compared some hundred times in a request. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace navajo::base {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

namespace detail {

// Whether eight bytes differ in nothing but the case of letters: bit 5 of bytes that are letters.
inline bool same_but_for_case(uint64_t a, uint64_t b) {
  const uint64_t different = a ^ b;
  if (different == 0) return true;
  constexpr uint64_t ones = ~0ull / 255;
  const uint64_t small = (a | ones * 0x20) & ones * 0x7f;
  const uint64_t from_a = small + ones * (0x80 - 'a'), beyond_z = small + ones * (0x7f - 'z');
  const uint64_t letters = (from_a ^ beyond_z) & ~a & ones * 0x80;
  return (different & ~(letters >> 2)) == 0;
}

// Up to seven bytes in one word, the same way for every text of that length.
inline uint64_t short_word(const char* text, size_t size) {
  if (size >= 4) {
    uint32_t first, last;
    memcpy(&first, text, 4);
    memcpy(&last, text + size - 4, 4);
    return static_cast<uint64_t>(last) << 32 | first;
  }
  uint64_t word = 0;
  for (size_t i = 0; i < size; i++) word = word << 8 | static_cast<uint8_t>(text[i]);
  return word;
}

inline uint64_t word_at(const char* text) {
  uint64_t word;
  memcpy(&word, text, 8);
  return word;
}

}  // namespace detail

inline bool same_ignoring_case(std::string_view a, std::string_view b) {
  const size_t size = a.size();
  if (size != b.size()) return false;
  if (size < 8)
    return detail::same_but_for_case(detail::short_word(a.data(), size), detail::short_word(b.data(), size));
  for (size_t at = 0; at + 8 < size; at += 8)
    if (!detail::same_but_for_case(detail::word_at(a.data() + at), detail::word_at(b.data() + at))) return false;
  return detail::same_but_for_case(detail::word_at(a.data() + size - 8), detail::word_at(b.data() + size - 8));
}

}  // namespace navajo::base
