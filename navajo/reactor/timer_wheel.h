// Hierarchical timing wheel: four levels of 64 slots, 8 ms a tick. Arm and cancel are O(1); next_due()
// looks at four bitmaps. One reactor thread. (Varghese and Lauck, "Hashed and hierarchical timing wheels".)
#pragma once

#include <array>
#include <cstdint>

#include "navajo/reactor/timer.h"

namespace navajo::reactor {

class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{8};

  explicit TimerWheel(TimePoint origin) : origin_(origin) {}
  void insert(Timer& timer, TimePoint due);
  // Calls back everything that is due.
  void advance(TimePoint now);
  // When advance() has something to do next; TimePoint::max() when nothing is armed. May be early
  // (a slot of a higher level has to be dealt out), never late.
  TimePoint next_due();

 private:
  static constexpr int kLevels = 4, kBits = 6, kSlots = 64;
  void place(Timer& timer);
  uint64_t next_tick();
  void turn_to(uint64_t tick);

  TimePoint origin_;
  uint64_t current_ = 0;
  std::array<std::array<List<Timer>, kSlots>, kLevels> slots_;
  std::array<uint64_t, kLevels> occupied_{};
};

}  // namespace navajo::reactor
