// Lets at most so many requests at a time through to one backend; the rest waits in a bounded queue, in order of
// arrival, until a deadline. Shared by all threads and reactors of the process; without a queue it is one atomic
// operation in and one out.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

#include "navajo/reactor/intrusive_list.h"
#include "navajo/reactor/sync.h"

namespace navajo::connector {

class AdmissionGate {
 public:
  enum class Entry : uint8_t { admitted, timed_out, queue_full, cancelled, stopping };

  AdmissionGate(size_t limit, size_t queue_limit) : limit_(limit), queue_limit_(queue_limit) {}
  AdmissionGate(const AdmissionGate&) = delete;
  AdmissionGate& operator=(const AdmissionGate&) = delete;

  // After true, or admitted, leave() must follow once. enter() waits where try_enter() says no.
  [[nodiscard]] bool try_enter() { return waiting_.load() == 0 && try_take(); }
  [[nodiscard]] Entry enter(reactor::Deadline deadline);
  void leave();

  size_t inside() const { return inside_.load(std::memory_order_relaxed); }
  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  struct Waiter {
    reactor::Event admitted;
    reactor::ListLink link{this};
    bool granted = false;
  };
  bool try_take();
  void admit_waiting();

  const size_t limit_, queue_limit_;
  std::atomic<size_t> inside_{0}, waiting_{0};
  std::mutex guard_;  // of the queue
  reactor::List<Waiter> queue_;
};

}  // namespace navajo::connector
