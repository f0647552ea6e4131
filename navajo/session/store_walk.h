// Looks at all of a store at once and, if asked, puts right what a killed process left: blocks with an owner that
// does not reach them are freed, sums are counted anew, a session that is damaged is dropped. What is whole is never
// touched. Whoever calls holds the locks of all stripes (StoreLocks), or owns a copy of the memory. About 10 ms per
// GB.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "navajo/session/store_layout.h"

namespace navajo::session {

struct WalkReport {
  uint32_t sessions = 0;
  uint32_t blocks = 0;   // of living sessions
  uint32_t orphans = 0;  // owned and not reached
  uint32_t damaged = 0;  // sessions whose memory somebody wrote over
  // What does not add up, in words; at most 20. A killed process leaves sums wrong, never structure.
  std::vector<std::string> wrong_sums;
  std::vector<std::string> wrong_structure;

  // Nothing a kill may leave is counted: true after any number of kills, with or without repair.
  bool structure_ok() const { return damaged == 0 && wrong_structure.empty(); }
  bool clean() const { return structure_ok() && orphans == 0 && wrong_sums.empty(); }
  std::string text() const;
};

enum class WalkMode : uint8_t { look, repair };

// May throw std::bad_alloc, before anything is changed.
WalkReport walk(const StoreMemory& memory, WalkMode mode);

// All stripes, in order. Nothing else ever holds two.
class StoreLocks {
 public:
  explicit StoreLocks(const StoreMemory& memory);
  ~StoreLocks();
  StoreLocks(const StoreLocks&) = delete;
  StoreLocks& operator=(const StoreLocks&) = delete;
  bool found_dead_owner() const { return found_dead_owner_; }
  // False: a stripe cannot be locked.
  bool complete() const { return complete_; }

 private:
  const StoreMemory& memory_;
  std::vector<bool> held_;
  bool found_dead_owner_ = false;
  bool complete_ = true;
};

}  // namespace navajo::session
