// The free blocks of a store. No list and no lock: a block is free while its owner word is 0, and is taken by the
// compare-and-swap that makes the word somebody's. Counters (fill of a group, used) are hints and sums beside it; a
// process killed between word and counter leaves them wrong by what it was doing, until the next repair.
// Callers hold the stripe lock of the head they take blocks for. Any thread, any process.
#pragma once

#include <cstdint>
#include <optional>

#include "navajo/base/clock.h"
#include "navajo/session/store_layout.h"
#include "navajo/shm/segment.h"

namespace navajo::session {

class BlockHeap {
 public:
  // segment: null when all memory is there already (tests on a copy).
  BlockHeap(const StoreMemory& memory, const shm::Segment* segment) : memory_(memory), segment_(segment) {}

  // A block that was free a moment ago; none when there is none. `lane` spreads threads over the store.
  std::optional<uint32_t> look_for_free(uint32_t lane, uint64_t now_ms);
  // False: somebody else was faster.
  [[nodiscard]] bool take(uint32_t block, uint32_t owner);
  // Any free block, for the session of `head`.
  std::optional<uint32_t> take_any(uint32_t head, uint64_t now_ms);
  // Nobody reaches it any more. Its content is wiped: it may hold what somebody logged in with.
  void give_back(uint32_t block);

  // Makes the next piece of memory usable; false when there is none. Says so in the log, once.
  bool grow(uint64_t now_ms);

 private:
  std::optional<uint32_t> scan_group(uint32_t group, uint32_t from) const;
  std::optional<uint32_t> scan(uint32_t start, bool trust_fills) const;

  StoreMemory memory_;
  const shm::Segment* segment_;
};

}  // namespace navajo::session
