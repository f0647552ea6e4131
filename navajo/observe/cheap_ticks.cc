#include "navajo/observe/cheap_ticks.h"

#include <algorithm>

namespace navajo::observe {
namespace {

int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Anchor {
  uint64_t ticks = cheap_ticks();
  int64_t ns = steady_ns();
};

}  // namespace

double nanoseconds_of(uint64_t ticks) {
#if defined(__x86_64__)
  static const Anchor anchor;
  static std::atomic<double> per_tick{0};
  double rate = per_tick.load(std::memory_order_relaxed);
  if (rate == 0) {
    const uint64_t passed = cheap_ticks() - anchor.ticks;
    const int64_t ns = steady_ns() - anchor.ns;
    rate = passed > 0 && ns > 0 ? static_cast<double>(ns) / static_cast<double>(passed) : 0.5;
    // Two readings a second apart are good to a millionth; before that the next call measures again.
    if (ns > 1'000'000'000) per_tick.store(rate, std::memory_order_relaxed);
  }
  return static_cast<double>(ticks) * rate;
#else
  return static_cast<double>(ticks);
#endif
}

}  // namespace navajo::observe
