// How much memory is used, and how bad that is: thresholds with hysteresis, so that a value that sways around one of
// them is said once. A level is reached at its threshold and left 5 % below it. No thread of its own: whoever looks
// calls (limits/memory_observer.h).
#pragma once

#include <cstdint>

namespace navajo::limits {

enum class MemoryLevel : uint8_t { normal, high, critical };
const char* name_of(MemoryLevel level);

struct MemoryReading {
  // Bytes resident in this process and in no other: what ending it would give back.
  uint64_t process = 0;
  // Percent used, by everybody, of what the control group may have, or the machine where no group has a limit. What the
  // kernel can give back at once (file cache) counts as free. Of more than 8 GB only the last 8 are looked at: 93 is
  // 570 MB left, however large the machine.
  unsigned group = 0;
};

// Of this process, now (/proc/self/statm, control groups of version 1 and 2); 0 for what cannot be read.
MemoryReading read_memory();

// One value with its two thresholds; 0: none.
class MemoryThresholds {
 public:
  MemoryThresholds(uint64_t high, uint64_t critical) : high_(high), critical_(critical) {}
  MemoryLevel look(uint64_t value);
  bool watched() const { return high_ != 0 || critical_ != 0; }

 private:
  uint64_t high_, critical_;
  MemoryLevel level_ = MemoryLevel::normal;
};

}  // namespace navajo::limits
