// How many are at work for each key at this moment, all children together. A way is one word: part of the key's digest
// and the count; it is free when nobody is at work. Besides, every child has a count of its own for each way, so that
// what a child held when it died can be given back: by a child that starts, or by the caretaker of another. A child
// that is killed between two of its stores leaves a count too high by one, never too low, which is mended when it stays
// unchanged from one look to the next. Any thread of any process; no lock, no wait.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "navajo/base/function_ref.h"
#include "navajo/limits/key.h"
#include "navajo/limits/limits.h"

namespace navajo::limits {

class SlotTable {
 public:
  static constexpr unsigned kWays = 8;  // the last one is shared by those that find no other
  static constexpr uint32_t kRows = 4096, kAllWays = kRows * kWays;
  // The first one is for processes that found no place: what they hold is not given back when they die.
  static constexpr uint32_t kChildren = 128;
  static constexpr uint64_t kMaxCount = (1 << 20) - 1;

  struct Layout {
    std::atomic<uint64_t> owners[kChildren];  // observe::ProcessIdentity; 0: free
    std::atomic<uint64_t> repaired, crowded;
    alignas(64) std::atomic<uint64_t> ways[kAllWays];
    std::atomic<uint32_t> held[kChildren][kAllWays];
  };

  // Zeroed memory, or that of a table before.
  explicit SlotTable(Layout& layout) : layout_(layout) {}

  // Once in a child, before its first request. commit(offset, bytes) makes sure of the row's memory.
  void claim_child(base::FunctionRef<bool(uint64_t offset, uint64_t bytes)> commit);
  void release_child();  // what it still holds is given back

  Slot enter(const Key& key, uint64_t limit);
  uint64_t count(const Key& key) const;

  // What dead children held, and, one way per call, a count that nobody stands behind and that has not changed since
  // the last call. Returns how many slots came back. One thread of a process.
  uint64_t give_back_of_the_dead();

  uint64_t repaired() const { return layout_.repaired.load(std::memory_order_relaxed); }
  void report(api::StatusWriter& writer) const;

 private:
  uint64_t give_back(uint32_t child);
  uint64_t mend();
  Layout& layout_;
  uint32_t child_ = 0;
  uint32_t suspect_ = kAllWays;
  uint64_t suspect_word_ = 0;
};

}  // namespace navajo::limits
