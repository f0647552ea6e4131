// Second tries may be so many percent of first ones, over the last ten to twenty seconds and all children together:
// when backends fail, those that are left do not get everything several times. A few are always allowed, or a server
// with little to do could never try again. Any thread of any process; no lock.
#pragma once

#include <atomic>
#include <cstdint>

namespace navajo::route {

struct RetryWindowShm {
  std::atomic<uint64_t> number;
  std::atomic<uint64_t> firsts, seconds;
};
struct RetryBudgetShm {
  RetryWindowShm windows[4];
  std::atomic<uint64_t> told;  // number of the window in which a refusal was logged
};

class RetryBudget {
 public:
  static constexpr int64_t kWindowMs = 10'000;
  static constexpr uint64_t kAlways = 10;  // in a window and the one before it

  RetryBudget(RetryBudgetShm& budget, unsigned percent) : budget_(budget), percent_(percent) {}

  void note_first(int64_t now_ms) { window(now_ms / kWindowMs).firsts.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] bool allow_second(int64_t now_ms);
  // True once a window: it is worth a line in the log.
  bool is_news(int64_t now_ms);

 private:
  RetryWindowShm& window(int64_t number);
  RetryBudgetShm& budget_;
  const unsigned percent_;
};

}  // namespace navajo::route
