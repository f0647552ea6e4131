// Who waits in this process for a backend of one app, because all of them are at their hard limits. Who came first goes
// first; the first is woken by whoever gives a place back in this process, and looks every kLook for places that came
// back in others. Waiting holds no thread of a reactor. Any thread or fiber.
#pragma once

#include <atomic>

#include "navajo/base/function_ref.h"
#include "navajo/reactor/sync.h"

namespace navajo::route {

class WaitingLine {
 public:
  static constexpr std::chrono::milliseconds kLook{20};

  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  // Until look() says true (Wake::ready) or the wait ends.
  [[nodiscard]] reactor::Wake wait(base::FunctionRef<bool()> look, reactor::Deadline deadline) {
    waiting_.fetch_add(1);
    const reactor::Wake wake = wait_in_line(look, deadline);
    waiting_.fetch_sub(1);
    return wake;
  }
  void place_came_back() {
    if (waiting() > 0) came_back_.set();
  }

 private:
  reactor::Wake wait_in_line(base::FunctionRef<bool()> look, reactor::Deadline deadline) {
    using reactor::Wake;
    if (const Wake wake = first_.lock(deadline); wake != Wake::ready) return wake;
    Wake wake = Wake::ready;
    for (;;) {
      // Before the look: what comes back after it sets the event.
      came_back_.reset();
      if (look()) {
        wake = Wake::ready;
        break;
      }
      wake = came_back_.wait(reactor::Deadline::after(kLook).earlier(deadline));
      if (wake == Wake::cancelled || wake == Wake::stopping) break;
      if (wake == Wake::timed_out && deadline.passed(base::system_clock().now())) break;
    }
    first_.unlock();
    return wake;
  }

  std::atomic<size_t> waiting_{0};
  reactor::Mutex first_;  // held by the first in line
  reactor::Event came_back_;
};

}  // namespace navajo::route
