// What stands in the place of a way's key: 0 when it is free, a key with its first bit set, else a mark of the process
// that is taking it, by which a way is found that a process took and did not live to fill.
#pragma once

#include <cstdint>

namespace navajo::limits {

inline constexpr uint64_t kKeyBit = uint64_t{1} << 63;
inline bool is_key(uint64_t tag) { return (tag & kKeyBit) != 0; }
// Two system calls at most; once per process a look into /proc.
uint64_t own_mark();
bool taker_lives(uint64_t mark);

}  // namespace navajo::limits
