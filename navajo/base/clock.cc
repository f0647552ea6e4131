#include "navajo/base/clock.h"

#include <time.h>

namespace navajo::base {

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

TimePoint coarse_now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return TimePoint(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace navajo::base
