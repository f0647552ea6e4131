// How many idle connections several pools may keep together. Any thread.
#pragma once

#include <atomic>
#include <cstddef>

namespace navajo::connector {

class IdleBudget {
 public:
  explicit IdleBudget(size_t limit) : limit_(limit) {}
  [[nodiscard]] bool take() {
    if (used_.fetch_add(1, std::memory_order_relaxed) < limit_) return true;
    give_back();
    return false;
  }
  void give_back() { used_.fetch_sub(1, std::memory_order_relaxed); }
  size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const size_t limit_;
  std::atomic<size_t> used_{0};
};

}  // namespace navajo::connector
