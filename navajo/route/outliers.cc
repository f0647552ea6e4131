#include "navajo/route/outliers.h"

#include <algorithm>

namespace navajo::route {
namespace {

// A word of outcomes: the window's number, how many failed in it, how many there were.
constexpr unsigned kBits = 20;
constexpr uint64_t kMask = (1 << kBits) - 1;

}  // namespace

bool Outliers::begin_trial(LoadRowShm& row, uint64_t self) {
  uint64_t nobody = 0;
  return row.trial.compare_exchange_strong(nobody, self);
}

void Outliers::end_trial(LoadRowShm& row, uint64_t self) { row.trial.compare_exchange_strong(self, 0); }

bool Outliers::count(LoadRowShm& row, bool failed, int64_t now_ms) const {
  if (options_.failure_percent == 0) return false;
  const uint64_t window = static_cast<uint64_t>(now_ms / kWindowMs) & (UINT64_MAX >> 2 * kBits);
  uint64_t before = row.outcomes.load(std::memory_order_relaxed);
  for (;;) {
    const bool same = before >> 2 * kBits == window;
    const uint64_t bad = std::min((same ? before >> kBits & kMask : 0) + (failed ? 1 : 0), kMask);
    const uint64_t all = std::min((same ? before & kMask : 0) + 1, kMask);
    if (!row.outcomes.compare_exchange_weak(before, window << 2 * kBits | bad << kBits | all)) continue;
    return all >= kEnough && bad * 100 >= all * options_.failure_percent;
  }
}

bool Outliers::note_success(LoadRowShm& row, bool on_trial, int64_t now_ms) {
  count(row, false, now_ms);
  // Mostly it is 0, and reading it costs the others nothing.
  if (row.failures.load(std::memory_order_relaxed) != 0) row.failures.store(0, std::memory_order_relaxed);
  if (!on_trial) return false;
  row.outcomes.store(0, std::memory_order_relaxed);
  row.up_since.store(now_ms);
  return row.ejected_until.exchange(0) != 0;
}

int64_t Outliers::note_failure(LoadRowShm& row, bool on_trial, const Pool* pool, int64_t now_ms) {
  const bool share = count(row, true, now_ms);
  const uint32_t failures = row.failures.fetch_add(1, std::memory_order_relaxed) + 1;
  row.failed.fetch_add(1, std::memory_order_relaxed);
  if (!on_trial && !share && (options_.max_failures == 0 || failures < options_.max_failures)) return 0;
  if (row.ejected_until.load() != 0 && !on_trial) return 0;
  shm::RobustLock lock(lock_);
  if (lock.state() == shm::Locked::failed) return 0;
  if (lock.state() == shm::Locked::owner_died) lock.consistent();  // what it guards is whole words
  if (on_trial) return eject(row, now_ms);
  if (row.ejected_until.load() != 0 || !pool || !may_eject_one_more(*pool, now_ms)) return 0;
  return eject(row, now_ms);
}

bool Outliers::may_eject_one_more(const Pool& pool, int64_t now_ms) const {
  size_t all = 0, ejected = 0;
  for (const auto& group : pool.groups)
    for (const Candidate& one : group->candidates) {
      if (!one.backend->healthy || one.backend->draining) continue;
      all++;
      ejected += one.load->ejected_until.load(std::memory_order_relaxed) > now_ms ? 1 : 0;
    }
  return (ejected + 1) * 100 <= all * options_.max_ejected_percent;
}

int64_t Outliers::eject(LoadRowShm& row, int64_t now_ms) const {
  const int64_t least = std::max<int64_t>(1, options_.eject_time.count());
  // One that has been well for long enough since it came back begins anew.
  const bool again = row.ejections.load() > 0 && now_ms - row.up_since.load() < least * kMostTimes;
  const uint32_t times = again || row.ejected_until.load() != 0 ? row.ejections.load() + 1 : 1;
  row.ejections.store(times);
  row.failures.store(0);
  row.outcomes.store(0);
  const int64_t length = least * std::min(times, kMostTimes);
  row.ejected_until.store(now_ms + length);
  return length;
}

}  // namespace navajo::route
