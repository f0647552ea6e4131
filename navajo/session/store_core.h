// What the store's own parts share: the memory, its clock, and the few operations on a session that must be done in one
// way only. One object per process and store; every function any thread, any process.
#pragma once

#include <cstdint>
#include <string>

#include "navajo/base/clock.h"
#include "navajo/session/block_heap.h"
#include "navajo/session/store_layout.h"
#include "navajo/shm/robust_mutex.h"
#include "navajo/shm/segment.h"

namespace navajo::session {

class StoreCore {
 public:
  StoreCore(std::string name, const StoreMemory& memory, const shm::Segment* segment, const base::Clock& clock);

  const std::string& name() const { return name_; }
  const StoreMemory& memory() const { return memory_; }
  BlockHeap& heap() { return heap_; }
  uint64_t now_ms() const;
  void tally(Tally which, uint64_t by = 1) const {
    memory_.header().tallies[which].fetch_add(by, std::memory_order_relaxed);
  }

  // Compares used memory with the thresholds and says each crossing once, whichever process sees it. No lock held.
  void watch_level() const;
  unsigned level() const;

  // With the head's stripe locked:
  bool is_live(uint32_t block) const;
  // Whether its time is up, and by which limit.
  enum class Life : uint8_t { lasts, idle_too_long, lived_too_long };
  Life life(uint32_t block, uint64_t now_ms) const;
  // Nobody finds it any more, then its memory is free.
  void end(uint32_t block, Tally why);
  // Its memory cannot be believed: gone, and the next repair frees what it had.
  void drop_damaged(uint32_t block);

 private:
  const std::string name_;
  StoreMemory memory_;
  BlockHeap heap_;
  const base::Clock& clock_;
  uint32_t rises_at_[3], falls_below_[3];  // used blocks
};

// A stripe's lock for a scope. A dead holder leaves structure whole by construction: it is noted for the reaper, which
// frees what the dead one had in hand, and work goes on.
class StripeGuard {
 public:
  StripeGuard(const StoreMemory& memory, uint32_t head) : stripe_(memory.stripe_of(head)), lock_(stripe_.mutex) {
    if (lock_.state() != shm::Locked::owner_died) return;
    memory.header().repair_wanted.store(1, std::memory_order_seq_cst);
    lock_.consistent();
  }
  explicit operator bool() const { return lock_.state() == shm::Locked::clean; }
  StripeShm& stripe() { return stripe_; }

 private:
  StripeShm& stripe_;
  shm::RobustLock lock_;
};

}  // namespace navajo::session
