// The keys of all rates in shared memory: rows of seven ways and a shared entry; five cache lines, of which a decision
// about a known key touches two. Known keys are found and counted without any lock. A new key takes a free way, or that
// of the key which has used least of its limit; ways with half of their limit used are not given up, and what finds
// no way is counted in the row's shared entry. A way that is being taken has a mark with the taker's process in the
// place of its key: a process that is killed meanwhile costs that way until clean() finds the mark. Two processes that
// bring the same new key at once may take two ways: whoever sees it joins them.
// Any thread of any process; never waits, no system call.
#pragma once

#include <atomic>
#include <cstdint>

#include "navajo/base/function_ref.h"
#include "navajo/limits/key.h"
#include "navajo/limits/limits.h"
#include "navajo/limits/rate_state.h"

namespace navajo::limits {

struct RateNumbersShm {
  std::atomic<uint64_t> keys, evictions, crowded, dropped, repaired;
};

class RateTable {
 public:
  static constexpr unsigned kWays = 7;
  struct alignas(64) RowShm {
    std::atomic<uint64_t> tags[kWays + 1];  // 0: free; the first bit set: a key; else a mark of who is taking the way
    RateStateShm ways[kWays + 1];           // the last one is the shared entry
  };

  // Zeroed memory, or that of a table before.
  RateTable(RowShm* rows, uint32_t count, RateNumbersShm& numbers) : rows_(rows), count_(count), numbers_(numbers) {}

  RateDecision decide(const Key& key, const RateSpec& spec, uint64_t now_ns, uint64_t cost);

  // Drops keys that are as good as forgotten and frees ways of dead processes, of the rows in [from, to). Returns how
  // many keys are left there.
  uint64_t clean(uint32_t from, uint32_t to, uint64_t now_ns);

  // All keys of the rows in [from, to), and their shared entries if those count anything.
  void for_each(uint32_t from, uint32_t to, uint64_t now_ns, base::FunctionRef<void(const RateUse&)> visit) const;
  // Whatever those that are chosen have used; how many they were.
  uint64_t forget(uint32_t from, uint32_t to, uint64_t now_ns, base::FunctionRef<bool(const RateUse&)> which);
  uint64_t forget(const Key& key, uint64_t now_ns);

  uint32_t rows() const { return count_; }
  static uint32_t rows_in(uint64_t bytes) { return static_cast<uint32_t>(bytes / sizeof(RowShm)); }

 private:
  uint32_t row_of(const Key& key) const { return static_cast<uint32_t>((key.low >> 32) * count_ >> 32); }
  int take_way(RowShm& row, uint64_t tag, const RateSpec& spec, uint64_t now_ns);
  int join(RowShm& row, uint64_t tag, uint64_t word, int mine, uint64_t now_ns);
  RateDecision decide_shared(RowShm& row, const RateSpec& spec, uint64_t now_ns, uint64_t cost);

  RowShm* rows_;
  uint32_t count_;
  RateNumbersShm& numbers_;
};

static_assert(sizeof(RateTable::RowShm) == 320);

}  // namespace navajo::limits
