#include "navajo/connector/admission_gate.h"

namespace navajo::connector {

using reactor::Wake;

bool AdmissionGate::try_take() {
  size_t inside = inside_.load();
  while (inside < limit_)
    if (inside_.compare_exchange_weak(inside, inside + 1)) return true;
  return false;
}

// Under the lock.
void AdmissionGate::admit_waiting() {
  while (!queue_.empty() && try_take()) {
    Waiter* first = queue_.pop_front();
    waiting_.fetch_sub(1);
    first->granted = true;
    first->admitted.set();
  }
}

AdmissionGate::Entry AdmissionGate::enter(reactor::Deadline deadline) {
  if (try_enter()) return Entry::admitted;
  Waiter self;
  {
    std::lock_guard lock(guard_);
    if (waiting_.load() >= queue_limit_) return Entry::queue_full;
    queue_.push_back(self.link);
    waiting_.fetch_add(1);
    // Whoever left before it could see us in the queue has let nobody in.
    admit_waiting();
    if (self.granted) return Entry::admitted;
  }
  const Wake wake = self.admitted.wait(deadline);
  bool granted;
  {
    // Also keeps `self` until whoever set the event is done with it.
    std::lock_guard lock(guard_);
    granted = self.granted;
    if (!granted) {
      self.link.unlink();
      waiting_.fetch_sub(1);
    }
  }
  if (wake == Wake::cancelled || wake == Wake::stopping) {
    if (granted) leave();
    return wake == Wake::cancelled ? Entry::cancelled : Entry::stopping;
  }
  return granted ? Entry::admitted : Entry::timed_out;
}

void AdmissionGate::leave() {
  inside_.fetch_sub(1);
  if (waiting_.load() == 0) return;
  std::lock_guard lock(guard_);
  admit_waiting();
}

}  // namespace navajo::connector
