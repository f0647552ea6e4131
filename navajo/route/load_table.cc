#include "navajo/route/load_table.h"

#include <algorithm>

#include "navajo/observe/process_identity.h"

namespace navajo::route {
namespace {

constexpr uint64_t kChange = uint64_t{LoadTable::kMaxAtWork} + 1;

// Takes `count` off; never below 0, whatever died in between.
void take_off(std::atomic<uint64_t>& word, uint32_t count) {
  uint64_t before = word.load(std::memory_order_acquire);
  while (!word.compare_exchange_weak(before, before + kChange - std::min(count, LoadTable::count_of(before)),
                                     std::memory_order_acq_rel)) {}
}

}  // namespace

void LoadTable::claim_child(base::FunctionRef<bool(uint64_t, uint64_t)> commit) {
  child_ = 0;
  const uint64_t self = observe::ProcessIdentity::self().word();
  for (uint32_t i = 1; i < kChildren && child_ == 0; i++) {
    uint64_t owner = layout_.owners[i].load();
    if (owner != 0 && observe::ProcessIdentity(owner).alive()) continue;
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

void LoadTable::release_child() {
  if (child_ == 0) return;
  give_back(child_);
  layout_.owners[child_].store(0);
  child_ = 0;
}

uint32_t LoadTable::find(uint64_t id) const {
  for (uint32_t step = 0; step < kRows; step++) {
    const uint32_t at = static_cast<uint32_t>(id + step) % kRows;
    const uint64_t there = row(at).id.load(std::memory_order_acquire);
    if (there == id) return at;
    if (there == 0) break;  // a row that was used once is never 0 again
  }
  return kNoRow;
}

uint32_t LoadTable::row_of(uint64_t id, int64_t now_ms) {
  uint32_t at = find(id);
  for (uint32_t step = 0; step < kRows && at == kNoRow; step++) {
    LoadRowShm& one = row(static_cast<uint32_t>(id + step) % kRows);
    if (one.id.load() != 0 && (count_of(one.at_work.load()) != 0 || now_ms - one.wanted_at.load() < kForgottenMs))
      continue;
    at = static_cast<uint32_t>(&one - layout_.rows);
    one.connect_us.store(0);
    one.failures.store(0);
    one.ejected_until.store(0);
    one.trial.store(0);
    one.ejections.store(0);
    one.checked.store(Checked::unknown);
    one.checks_good.store(0);
    one.checks_bad.store(0);
    one.checked_at.store(0);
    one.outcomes.store(0);
    one.chosen.store(0);
    one.failed.store(0);
    one.up_since.store(now_ms);
    one.id.store(id, std::memory_order_release);
  }
  if (at != kNoRow) row(at).wanted_at.store(now_ms, std::memory_order_relaxed);
  return at;
}

bool LoadTable::take(uint32_t index, uint32_t hard) {
  const uint32_t limit = hard == 0 ? kMaxAtWork : std::min(hard, kMaxAtWork);
  std::atomic<uint64_t>& word = row(index).at_work;
  uint64_t before = word.load(std::memory_order_relaxed);
  do {
    if (count_of(before) >= limit) return false;
  } while (!word.compare_exchange_weak(before, before + kChange + 1, std::memory_order_acq_rel));
  layout_.held[child_][index].fetch_add(1, std::memory_order_acq_rel);
  return true;
}

void LoadTable::give(uint32_t index) {
  std::atomic<uint32_t>& held = layout_.held[child_][index];
  uint32_t before = held.load(std::memory_order_acquire);
  do {
    if (before == 0) return;  // given back already, with all this child had at its end
  } while (!held.compare_exchange_weak(before, before - 1, std::memory_order_acq_rel));
  take_off(row(index).at_work, 1);
}

uint64_t LoadTable::give_back(uint32_t child) {
  uint64_t returned = 0;
  for (uint32_t i = 0; i < kRows; i++) {
    if (layout_.held[child][i].load(std::memory_order_relaxed) == 0) continue;
    const uint32_t held = layout_.held[child][i].exchange(0);
    take_off(row(i).at_work, held);
    returned += held;
  }
  return returned;
}

uint64_t LoadTable::give_back_of_the_dead() {
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
  for (LoadRowShm& one : layout_.rows) {
    uint64_t trying = one.trial.load(std::memory_order_relaxed);
    if (trying != 0 && trying != self && !observe::ProcessIdentity(trying).alive())
      one.trial.compare_exchange_strong(trying, 0);
  }
  returned += mend();
  if (returned > 0) layout_.repaired.fetch_add(returned, std::memory_order_relaxed);
  return returned;
}

// Of `count` at work those that no child says it holds.
uint32_t LoadTable::unclaimed(uint32_t index, uint32_t count) const {
  for (uint32_t child = 0; child < kChildren && count > 0; child++) {
    if (child != 0 && layout_.owners[child].load(std::memory_order_relaxed) == 0) continue;
    count -= std::min(count, layout_.held[child][index].load(std::memory_order_acquire));
  }
  return count;
}

// Looked at twice, with the word unchanged in between: who takes a place raises it before it notes that it holds one,
// so one look could meet the moment between.
uint64_t LoadTable::mend() {
  if (suspect_ != kNoRow) {
    uint64_t word = suspect_word_;
    const uint32_t too_many = unclaimed(suspect_, count_of(word));
    const uint32_t suspect = suspect_;
    suspect_ = kNoRow;
    if (too_many > 0 && row(suspect).at_work.compare_exchange_strong(word, word + kChange - too_many)) return too_many;
  }
  for (uint32_t i = 0; i < kRows; i++) {
    const uint64_t word = row(i).at_work.load(std::memory_order_acquire);
    if (count_of(word) == 0 || unclaimed(i, count_of(word)) == 0) continue;
    suspect_ = i;
    suspect_word_ = word;
    break;
  }
  return 0;
}

}  // namespace navajo::route
