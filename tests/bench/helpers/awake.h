// Waiting for events as a peer on another machine appears to a proxy: awake.
//
// A process that sleeps in epoll_wait is woken up by whoever sends to it, at the sender's expense: an interrupt to
// another core, and on a virtual machine a call of the hypervisor. Backend and load generator sleep the more often the
// slower the proxy between them is, so the slow one was charged for that as well (22 % of the CPU time of one whose
// peers slept after every answer, 6 % of one that kept them busy: perf, sock_def_readable). Peers that are on another
// machine cost a proxy nothing of this kind.
//
// One per thread. It looks for events without sleeping until none came for `kPatience`, and lets others run in
// between; then it sleeps, as servers that are not measured must not have their core taken away.
#pragma once

#include <sched.h>
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>

namespace bench {

class Awake {
 public:
  // As epoll_wait(2).
  int wait(int epoll, epoll_event* events, int most, int timeout_ms) {
    using Clock = std::chrono::steady_clock;
    const auto asked = Clock::now();
    for (;;) {
      const int count = epoll_wait(epoll, events, most, 0);
      const auto now = Clock::now();
      if (count != 0) {
        last_event_ = now;
        return count;
      }
      if (timeout_ms >= 0 && now - asked >= std::chrono::milliseconds(timeout_ms)) return 0;
      if (now - last_event_ >= kPatience) {
        const int slept = epoll_wait(epoll, events, most, remaining(timeout_ms, now - asked));
        if (slept > 0) last_event_ = Clock::now();
        return slept;
      }
      sched_yield();
    }
  }

 private:
  static constexpr std::chrono::milliseconds kPatience{5};

  static int remaining(int timeout_ms, std::chrono::steady_clock::duration passed) {
    if (timeout_ms < 0) return -1;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
    return static_cast<int>(std::max<long>(0, timeout_ms - ms));
  }

  std::chrono::steady_clock::time_point last_event_{};
};

}  // namespace bench
