#include "navajo/session/block_heap.h"

#include <algorithm>
#include <cstring>

#include "navajo/observe/log.h"

namespace navajo::session {
namespace {

constexpr uint32_t kGrowBlocks = 16 * kGroupBlocks;  // 1 MB
constexpr uint64_t kTryAgainMs = 1000;

}  // namespace

bool BlockHeap::grow(uint64_t now_ms) {
  HeaderShm& header = memory_.header();
  const uint32_t before = memory_.committed();
  if (before >= memory_.geometry().blocks || !segment_) return false;
  if (now_ms < header.commit_again.load(std::memory_order_relaxed)) return false;
  shm::RobustLock lock(header.growing);
  if (lock.state() == shm::Locked::failed) return false;
  // Nothing to repair: memory committed and not announced is committed once more.
  if (lock.state() == shm::Locked::owner_died) lock.consistent();
  const uint32_t from = memory_.committed();
  if (from != before) return true;
  const uint32_t to = from + std::min(kGrowBlocks, memory_.geometry().blocks - from);
  const Geometry& g = memory_.geometry();
  auto committed = segment_->commit(g.owners_at + uint64_t{from} * sizeof(Word), uint64_t{to - from} * sizeof(Word));
  if (committed.ok())
    committed = segment_->commit(g.blocks_at + uint64_t{from} * kBlockSize, uint64_t{to - from} * kBlockSize);
  if (!committed.ok()) {
    header.commit_again.store(now_ms + kTryAgainMs, std::memory_order_relaxed);
    if (header.memory_missing.exchange(1) == 0)
      observe::log(observe::id::session_memory_missing, "session store cannot grow beyond %llu of its %llu bytes: %s",
                   static_cast<unsigned long long>(g.bytes_used(from)), static_cast<unsigned long long>(g.size),
                   committed.error().text.c_str());
    return false;
  }
  header.memory_missing.store(0, std::memory_order_relaxed);
  header.committed.store(to, std::memory_order_release);
  return true;
}

std::optional<uint32_t> BlockHeap::scan_group(uint32_t group, uint32_t from) const {
  const uint32_t first = group * kGroupBlocks;
  const uint32_t end = std::min(first + kGroupBlocks, memory_.committed());
  for (uint32_t block = std::max(first, from); block < end; block++)
    if (memory_.owner(block).load(std::memory_order_relaxed) == 0) return block;
  return std::nullopt;
}

std::optional<uint32_t> BlockHeap::scan(uint32_t start, bool trust_fills) const {
  const uint32_t committed = memory_.committed();
  if (committed == 0) return std::nullopt;
  const uint32_t groups = (committed + kGroupBlocks - 1) / kGroupBlocks;
  if (start >= committed) start = 0;
  uint32_t group = start / kGroupBlocks;
  // The first group twice: from the start on, and at the end the part before it.
  for (uint32_t n = 0; n <= groups; n++) {
    if (!trust_fills || memory_.fill(group).load(std::memory_order_relaxed) < memory_.group_size(group))
      if (const auto block = scan_group(group, n == 0 ? start : 0)) return block;
    group = group + 1 < groups ? group + 1 : 0;
  }
  return std::nullopt;
}

std::optional<uint32_t> BlockHeap::look_for_free(uint32_t lane, uint64_t now_ms) {
  HeaderShm& header = memory_.header();
  Word& cursor = header.cursors[lane % kCursors].block;
  // A search stays short while one block in eight is free.
  const uint32_t committed = memory_.committed();
  if (header.used.load(std::memory_order_relaxed) >= committed - committed / 8) (void)grow(now_ms);
  auto block = scan(cursor.load(std::memory_order_relaxed), true);
  if (!block && grow(now_ms)) block = scan(committed, true);
  if (!block) block = scan(0, false);
  if (block) cursor.store(*block + 1, std::memory_order_relaxed);
  return block;
}

bool BlockHeap::take(uint32_t block, uint32_t owner) {
  uint32_t expected = 0;
  if (!memory_.owner(block).compare_exchange_strong(expected, owner, std::memory_order_acq_rel)) return false;
  memory_.fill(block / kGroupBlocks).fetch_add(1, std::memory_order_relaxed);
  memory_.header().used.fetch_add(1, std::memory_order_relaxed);
  return true;
}

std::optional<uint32_t> BlockHeap::take_any(uint32_t head, uint64_t now_ms) {
  while (const auto block = look_for_free(head, now_ms))
    if (take(*block, head + 1)) return block;
  return std::nullopt;
}

void BlockHeap::give_back(uint32_t block) {
  memset(memory_.block(block), 0, kBlockSize);
  publish(memory_.owner(block), 0);
  memory_.fill(block / kGroupBlocks).fetch_sub(1, std::memory_order_relaxed);
  memory_.header().used.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace navajo::session
