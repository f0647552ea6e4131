// Monotonic time as every part of Navajo reads it, and a clock that a test turns by hand.
// All deadlines are absolute points on this clock (CLOCK_MONOTONIC): a step of the wall clock
// expires nothing. Thread-safe; a Clock outlives everything that was given it.
#pragma once

#include <atomic>
#include <chrono>

namespace navajo::base {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
};

const Clock& system_clock();

// The same clock as the kernel left it at its last tick: a few nanoseconds to read, up to kCoarseTick behind.
inline constexpr std::chrono::milliseconds kCoarseTick{10};  // at 100 Hz, the slowest kernel there is
TimePoint coarse_now();

class ManualClock final : public Clock {
 public:
  TimePoint now() const override { return TimePoint(Duration(ticks_.load())); }
  void advance(Duration by) { ticks_.fetch_add(by.count()); }

 private:
  std::atomic<Duration::rep> ticks_{std::chrono::nanoseconds(std::chrono::hours(1)).count()};
};

}  // namespace navajo::base
