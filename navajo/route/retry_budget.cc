#include "navajo/route/retry_budget.h"

#include <iterator>

namespace navajo::route {

// Whoever comes first in a window empties what an older one left. Counts of a few that come at that moment may be lost.
RetryWindowShm& RetryBudget::window(int64_t number) {
  const auto wanted = static_cast<uint64_t>(number);
  RetryWindowShm& window = budget_.windows[wanted % std::size(budget_.windows)];
  uint64_t there = window.number.load(std::memory_order_acquire);
  if (there < wanted && window.number.compare_exchange_strong(there, wanted)) {
    window.firsts.store(0, std::memory_order_relaxed);
    window.seconds.store(0, std::memory_order_relaxed);
  }
  return window;
}

bool RetryBudget::allow_second(int64_t now_ms) {
  if (percent_ == 0) return false;
  RetryWindowShm& now = window(now_ms / kWindowMs);
  const RetryWindowShm& before = window(now_ms / kWindowMs - 1);
  const auto value = [](const std::atomic<uint64_t>& number) { return number.load(std::memory_order_relaxed); };
  const uint64_t firsts = value(now.firsts) + value(before.firsts), others = value(before.seconds);
  // Counted first, so that those who come at once see each other.
  const uint64_t mine = now.seconds.fetch_add(1, std::memory_order_relaxed) + 1 + others;
  if (mine <= kAlways || mine * 100 <= firsts * percent_) return true;
  now.seconds.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

bool RetryBudget::is_news(int64_t now_ms) {
  const auto number = static_cast<uint64_t>(now_ms / kWindowMs);
  uint64_t told = budget_.told.load(std::memory_order_relaxed);
  return told != number && budget_.told.compare_exchange_strong(told, number);
}

}  // namespace navajo::route
