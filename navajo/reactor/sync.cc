#include "navajo/reactor/sync.h"

#include "navajo/reactor/reactor.h"

namespace navajo::reactor {

struct Waiter {
  ListLink link{this};
  bool granted = false;
  // One of the two: a fiber with its ticket, or a thread on its condition variable.
  Fiber* fiber = nullptr;
  uint64_t ticket = 0;
  std::condition_variable thread;

  // Guard held.
  void grant() {
    link.unlink();
    granted = true;
    if (fiber)
      fiber->reactor().wake(*fiber, ticket);
    else
      thread.notify_one();
  }
};

namespace {

// Entered with the guard locked and the waiter in its list; leaves with the guard locked and the waiter out of it.
Wake wait_for_grant(Waiter& waiter, std::unique_lock<std::mutex>& guard, Deadline deadline) {
  Wake wake = Wake::ready;
  if (waiter.fiber) {
    Reactor& reactor = waiter.fiber->reactor();
    while (!waiter.granted && wake == Wake::ready) {
      waiter.ticket = reactor.next_ticket();
      guard.unlock();
      wake = waiter.fiber->cancelled() ? Wake::cancelled : reactor.park(deadline);
      guard.lock();
    }
  } else {
    while (!waiter.granted && wake == Wake::ready) {
      if (deadline.is_never())
        waiter.thread.wait(guard);
      else if (waiter.thread.wait_until(guard, deadline.when()) == std::cv_status::timeout && !waiter.granted)
        wake = Wake::timed_out;
    }
  }
  waiter.link.unlink();
  return waiter.granted ? Wake::ready : wake;
}

void identify(Waiter& waiter) {
  waiter.fiber = Fiber::current();
  if (waiter.fiber) waiter.fiber->reactor().flush_before_park();
}

}  // namespace

void Event::set() {
  std::lock_guard lock(guard_);
  set_ = true;
  while (Waiter* waiter = waiters_.front()) waiter->grant();
}

void Event::reset() {
  std::lock_guard lock(guard_);
  set_ = false;
}

bool Event::is_set() const {
  std::lock_guard lock(guard_);
  return set_;
}

Wake Event::wait(Deadline deadline) {
  if (is_set()) return Wake::ready;
  Waiter waiter;
  identify(waiter);
  std::unique_lock lock(guard_);
  if (set_) return Wake::ready;
  waiters_.push_back(waiter.link);
  return wait_for_grant(waiter, lock, deadline);
}

bool Semaphore::try_acquire() {
  std::lock_guard lock(guard_);
  if (permits_ == 0 || !waiters_.empty()) return false;
  permits_--;
  return true;
}

Wake Semaphore::acquire(Deadline deadline) {
  if (try_acquire()) return Wake::ready;
  Waiter waiter;
  identify(waiter);
  std::unique_lock lock(guard_);
  if (permits_ > 0 && waiters_.empty()) {
    permits_--;
    return Wake::ready;
  }
  waiters_.push_back(waiter.link);
  return wait_for_grant(waiter, lock, deadline);
}

void Semaphore::release() {
  std::lock_guard lock(guard_);
  if (Waiter* first = waiters_.front())
    first->grant();  // the permit goes from hand to hand
  else
    permits_++;
}

size_t Semaphore::waiting() const {
  std::lock_guard lock(guard_);
  size_t count = 0;
  const_cast<List<Waiter>&>(waiters_).for_each([&](Waiter&) { count++; });
  return count;
}

}  // namespace navajo::reactor
