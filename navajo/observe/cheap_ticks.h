// Times of parts of one request, for a few cycles each: ticks of the processor's own clock, which runs evenly on all
// cores of what is sold today (invariant TSC). How long a tick is is measured against the system's clock over the life
// of the process, when somebody asks. Not for deadlines. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace navajo::observe {

inline uint64_t cheap_ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

// Nanoseconds for a difference of ticks. The first call, at the start of a child, only remembers where both clocks are.
double nanoseconds_of(uint64_t ticks);

}  // namespace navajo::observe
