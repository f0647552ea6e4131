// Counters of rules in shared memory, found by the rule's id, so that they go on over generations and over
// restarts. Open addressing with a short way to look: rows are never emptied, but a row whose rule has been in none
// of the last kKeptGenerations is given to another id. place() only by the writer that holds the store's lock; a
// writer that is killed inside leaves a row nobody finds, which is given away in time. Reading: any thread, any
// process.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "navajo/rules/rule_store.h"

namespace navajo::rules {

struct CounterRowShm {
  static constexpr size_t kIdSize = 44;
  std::atomic<uint64_t> hash;  // of the whole id; 0: never used
  std::atomic<uint32_t> seen;  // the last generation with this rule
  uint16_t id_length;          // of the whole id
  char id[kIdSize];            // its beginning, for who looks at a dump
  RuleCountersShm counters;
};

class CounterRows {
 public:
  static constexpr uint32_t kKeptGenerations = 64;
  static constexpr uint32_t kLongestWay = 128;

  // The last row is the one that all share who find none.
  explicit CounterRows(std::span<CounterRowShm> rows) : rows_(rows) {}

  // Makes a row if there is none. The number of the row.
  uint32_t place(std::string_view id, uint32_t generation) const;
  RuleCountersShm& counters(uint32_t row) const { return rows_[row].counters; }
  uint32_t shared_row() const { return static_cast<uint32_t>(rows_.size()) - 1; }
  size_t size() const { return rows_.size(); }

 private:
  std::span<CounterRowShm> rows_;
};

}  // namespace navajo::rules
