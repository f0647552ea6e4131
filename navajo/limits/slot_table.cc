#include "navajo/limits/slot_table.h"

#include <algorithm>
#include <utility>

#include "navajo/observe/process_identity.h"

namespace navajo::limits {
namespace {

constexpr unsigned kCountBits = 20;
constexpr uint64_t kCountMask = SlotTable::kMaxCount;
constexpr uint64_t kSharedTag = uint64_t{1} << kCountBits;  // of the last way of a row, which has no key

uint64_t tag_of(const Key& key) {
  const uint64_t tag = key.high & ~kCountMask;
  return tag > kSharedTag ? tag : tag + 2 * kSharedTag;
}

// Takes `count` off; never below 0, whatever died in between.
void take_off(std::atomic<uint64_t>& word, uint64_t count) {
  uint64_t before = word.load(std::memory_order_acquire);
  while (
      !word.compare_exchange_weak(before, before - std::min(count, before & kCountMask), std::memory_order_acq_rel)) {}
}

}  // namespace

Slot::Slot(Slot&& other) noexcept
    : total_(std::exchange(other.total_, nullptr)), held_(std::exchange(other.held_, nullptr)) {}

Slot& Slot::operator=(Slot&& other) noexcept {
  std::swap(total_, other.total_);
  std::swap(held_, other.held_);
  return *this;
}

Slot::~Slot() {
  if (!total_) return;
  uint32_t held = held_->load(std::memory_order_acquire);
  do {
    if (held == 0) return;  // given back already, with all its child had at its end
  } while (!held_->compare_exchange_weak(held, held - 1, std::memory_order_acq_rel));
  take_off(*total_, 1);
}

void SlotTable::claim_child(base::FunctionRef<bool(uint64_t, uint64_t)> commit) {
  child_ = 0;
  const uint64_t self = observe::ProcessIdentity::self().word();
  for (uint32_t i = 1; i < kChildren && child_ == 0; i++) {
    uint64_t owner = layout_.owners[i].load();
    if (owner != 0 && owner != self && observe::ProcessIdentity(owner).alive()) continue;
    if (!layout_.owners[i].compare_exchange_strong(owner, self)) continue;
    const auto offset =
        static_cast<uint64_t>(reinterpret_cast<std::byte*>(layout_.held[i]) - reinterpret_cast<std::byte*>(&layout_));
    if (!commit(offset, sizeof layout_.held[i])) {
      layout_.owners[i].store(0);
      return;
    }
    give_back(i);
    child_ = i;
  }
}

void SlotTable::release_child() {
  if (child_ == 0) return;
  give_back(child_);
  layout_.owners[child_].store(0);
  child_ = 0;
}

Slot SlotTable::enter(const Key& key, uint64_t limit) {
  std::atomic<uint64_t>* const row = layout_.ways + ((key.low >> 32) * kRows >> 32) * kWays;
  const uint64_t tag = tag_of(key);
  limit = std::min(limit, kMaxCount);
  if (limit == 0) return {};
  for (;;) {
    std::atomic<uint64_t>* way = nullptr;
    std::atomic<uint64_t>* free = nullptr;
    uint64_t expected = 0, expected_free = 0, at_work = 0;
    for (unsigned i = 0; i + 1 < kWays; i++) {
      const uint64_t word = row[i].load(std::memory_order_acquire);
      if ((word & ~kCountMask) == tag) {
        at_work += word & kCountMask;  // of two that began at once there may be two ways
        if (!way) {
          way = row + i;
          expected = word;
        }
      } else if ((word & kCountMask) == 0 && !free) {
        free = row + i;
        expected_free = word;
      }
    }
    uint64_t next = expected + 1;
    if (!way && free) {
      way = free;
      expected = expected_free;
      next = tag | 1;
    } else if (!way) {
      way = row + kWays - 1;
      expected = way->load(std::memory_order_acquire);
      at_work = expected & kCountMask;
      next = kSharedTag | (at_work + 1);
      layout_.crowded.fetch_add(1, std::memory_order_relaxed);
    }
    if (at_work >= limit) return {};
    if (!way->compare_exchange_strong(expected, next, std::memory_order_acq_rel)) continue;
    std::atomic<uint32_t>& held = layout_.held[child_][way - layout_.ways];
    held.fetch_add(1, std::memory_order_acq_rel);
    return Slot(way, &held);
  }
}

uint64_t SlotTable::count(const Key& key) const {
  const std::atomic<uint64_t>* const row = layout_.ways + ((key.low >> 32) * kRows >> 32) * kWays;
  uint64_t count = 0;
  for (unsigned i = 0; i + 1 < kWays; i++) {
    const uint64_t word = row[i].load(std::memory_order_acquire);
    if ((word & ~kCountMask) == tag_of(key)) count += word & kCountMask;
  }
  return count;
}

void SlotTable::report(api::StatusWriter& writer) const {
  uint64_t keys = 0, at_work = 0;
  for (const auto& way : layout_.ways) {
    const uint64_t count = way.load(std::memory_order_relaxed) & kCountMask;
    keys += count > 0 ? 1 : 0;
    at_work += count;
  }
  writer.number("keys", static_cast<double>(keys));
  writer.number("at_work", static_cast<double>(at_work));
  writer.number("crowded", static_cast<double>(layout_.crowded.load(std::memory_order_relaxed)));
  writer.number("repaired", static_cast<double>(repaired()));
}

uint64_t SlotTable::give_back(uint32_t child) {
  uint64_t returned = 0;
  for (uint32_t i = 0; i < kAllWays; i++) {
    if (layout_.held[child][i].load(std::memory_order_relaxed) == 0) continue;
    const uint32_t held = layout_.held[child][i].exchange(0);
    take_off(layout_.ways[i], held);
    returned += held;
  }
  return returned;
}

uint64_t SlotTable::give_back_of_the_dead() {
  uint64_t returned = 0;
  const uint64_t self = observe::ProcessIdentity::self().word();
  for (uint32_t i = 1; i < kChildren; i++) {
    uint64_t owner = layout_.owners[i].load();
    if (owner == 0 || owner == self || observe::ProcessIdentity(owner).alive()) continue;
    // Whoever puts itself in the dead one's place does it; should it die as well, the next one does.
    if (!layout_.owners[i].compare_exchange_strong(owner, self)) continue;
    returned += give_back(i);
    layout_.owners[i].store(0);
  }
  const uint64_t mended = mend();
  if (returned + mended > 0) layout_.repaired.fetch_add(returned + mended, std::memory_order_relaxed);
  return returned + mended;
}

// A count nobody stands behind. Looked at twice, with the word unchanged in between: who enters raises it before it
// notes that it holds it, so one look could meet the moment between.
uint64_t SlotTable::mend() {
  uint64_t mended = 0;
  const auto unclaimed = [this](uint32_t way, uint64_t count) {
    for (uint32_t child = 0; child < kChildren && count > 0; child++) {
      if (child != 0 && layout_.owners[child].load(std::memory_order_relaxed) == 0) continue;
      const uint32_t held = layout_.held[child][way].load(std::memory_order_acquire);
      count -= std::min<uint64_t>(count, held);
    }
    return count;
  };
  for (uint32_t way = 0; way < kAllWays; way++) {
    const uint64_t word = layout_.ways[way].load(std::memory_order_acquire);
    const uint64_t count = word & kCountMask;
    if (count == 0 || unclaimed(way, count) == 0) {
      if (way == suspect_) suspect_ = kAllWays;
      continue;
    }
    if (suspect_ != way || suspect_word_ != word) {
      if (suspect_ == kAllWays) {
        suspect_ = way;
        suspect_word_ = word;
      }
      continue;
    }
    const uint64_t too_many = unclaimed(way, count);
    uint64_t expected = word;
    if (layout_.ways[way].compare_exchange_strong(expected, word - too_many)) mended += too_many;
    suspect_ = kAllWays;
  }
  return mended;
}

}  // namespace navajo::limits
