// What became of a reload, told from the numbers of a server that are read again and again: whether children of the
// new configuration live long enough to be believed, whether the server kept or went back to the one before. Pure: the
// caller reads and waits. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "navajo/observe/status_segment.h"

namespace navajo::cli {

class ReloadWatch {
 public:
  using Time = std::chrono::milliseconds;  // since the signal
  enum class Outcome { serves, refused, rolled_back, ended, unclear };

  static constexpr Time kSettled = std::chrono::milliseconds(300);  // so long nobody may die
  static constexpr Time kAfterDeath = std::chrono::seconds(5);      // and so long once somebody has
  static constexpr Time kLimit = std::chrono::seconds(60);

  ReloadWatch(const observe::StatusNumbers& before, Time now)
      : generation_(before.generation), crashes_(before.child_crashes), quiet_since_(now) {}

  // None: look again.
  std::optional<Outcome> look(const observe::StatusNumbers& now, bool alive, Time time);

 private:
  uint32_t generation_;  // of before
  uint64_t crashes_;
  Time quiet_since_;
  bool somebody_died_ = false, serving_ = false;
};

}  // namespace navajo::cli
