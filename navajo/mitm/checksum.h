// Tells memory that was written by us whole from memory that was not: half written by a process that was killed, or
// written over by somebody else. No defence against an adversary. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace navajo::mitm {

inline uint64_t checksum(const void* bytes, size_t length, uint64_t seed) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  uint64_t sum = seed ^ length ^ 0x9e3779b97f4a7c15ull;
  while (length > 0) {
    uint64_t word = 0;
    const size_t step = length < sizeof word ? length : sizeof word;
    memcpy(&word, at, step);
    sum = (sum ^ word) * 0xd6e8feb86659fd93ull;
    sum ^= sum >> 32;
    at += step;
    length -= step;
  }
  return sum;
}

}  // namespace navajo::mitm
