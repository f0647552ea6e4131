// Failures per key (a user from an address, an address, a user), counted by all children together: so many within a
// time, and the key is locked out until that time has passed since its last failure. A fixed table in shared memory;
// entries are single words, changed by compare-and-swap, so a child killed at any instruction leaves it whole.
//
// A full row of the table gives up its least guilty entry, never one that is locked out: a flood of other keys
// cannot reset a limit. If all of a row are locked out, the new key counts as locked out, too.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "navajo/base/clock.h"

namespace navajo::identity {

class LockoutTable {
 public:
  static constexpr size_t kWays = 8;
  struct Row {
    std::array<std::atomic<uint64_t>, kWays> entries{};
  };

  // rows: zeroed memory that all children share and that outlives the table; a power of two of them. seed: random,
  // equal in all children, so that nobody can aim at a row.
  LockoutTable(std::span<Row> rows, uint64_t seed) : rows_(rows), seed_(seed) {}

  uint64_t key(std::string_view kind, std::string_view a, std::string_view b = {}) const;
  // Seconds until it may try again; 0: it may.
  unsigned locked_for(uint64_t key, unsigned limit, std::chrono::seconds window, base::TimePoint now) const;
  // True when this failure locked it out.
  bool failed(uint64_t key, unsigned limit, std::chrono::seconds window, base::TimePoint now);
  void succeeded(uint64_t key);

 private:
  Row& row(uint64_t key) const { return rows_[key & (rows_.size() - 1)]; }
  std::span<Row> rows_;
  uint64_t seed_;
};

}  // namespace navajo::identity
