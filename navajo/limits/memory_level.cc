#include "navajo/limits/memory_level.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "navajo/shm/segment.h"

namespace navajo::limits {
namespace {

constexpr uint64_t kWatchedMost = uint64_t{8} << 30;

bool reached(uint64_t value, uint64_t threshold, bool was_reached) {
  if (threshold == 0) return false;
  return value >= (was_reached ? threshold - threshold / 20 : threshold);
}

uint64_t private_bytes() {
  FILE* const file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  unsigned long long size = 0, resident = 0, shared = 0;
  const bool read = fscanf(file, "%llu %llu %llu", &size, &resident, &shared) == 3;
  fclose(file);
  if (!read || resident < shared) return 0;
  return (resident - shared) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

unsigned group_percent() {
  const uint64_t watched = std::min(shm::memory_limit(), kWatchedMost);
  if (watched == 0) return 0;
  const uint64_t left = std::min(shm::memory_available(), watched);
  return static_cast<unsigned>(100 - left * 100 / watched);
}

}  // namespace

const char* name_of(MemoryLevel level) {
  switch (level) {
    case MemoryLevel::critical: return "critical";
    case MemoryLevel::high: return "high";
    default: return "normal";
  }
}

MemoryReading read_memory() { return {private_bytes(), group_percent()}; }

MemoryLevel MemoryThresholds::look(uint64_t value) {
  if (reached(value, critical_, level_ == MemoryLevel::critical))
    level_ = MemoryLevel::critical;
  else if (reached(value, high_, level_ != MemoryLevel::normal))
    level_ = MemoryLevel::high;
  else
    level_ = MemoryLevel::normal;
  return level_;
}

}  // namespace navajo::limits
