// Waiting between fibers, between threads, and between the two: the same Event, Mutex and Queue work
// for a fiber (it yields) and for an ordinary thread (it sleeps). set(), unlock() and push() may be called from any
// thread. Do not hold a std::mutex over any of these waits: another fiber of the thread may want it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "navajo/reactor/intrusive_list.h"
#include "navajo/reactor/wait.h"

namespace navajo::reactor {

// Who waits: lives on the waiter's stack. Guarded by the mutex of the object waited for.
struct Waiter;

// Stays set until reset().
class Event {
 public:
  void set();
  void reset();
  bool is_set() const;
  [[nodiscard]] Wake wait(Deadline deadline);

 private:
  mutable std::mutex guard_;
  List<Waiter> waiters_;
  bool set_ = false;
};

// Counts permits; acquire waits for one, in order of arrival.
class Semaphore {
 public:
  explicit Semaphore(size_t permits) : permits_(permits) {}
  [[nodiscard]] Wake acquire(Deadline deadline);
  bool try_acquire();
  void release();
  size_t waiting() const;

 private:
  mutable std::mutex guard_;
  List<Waiter> waiters_;
  size_t permits_;
};

class Mutex {
 public:
  [[nodiscard]] Wake lock(Deadline deadline) { return one_.acquire(deadline); }
  bool try_lock() { return one_.try_acquire(); }
  void unlock() { one_.release(); }

 private:
  Semaphore one_{1};
};

// Bounded; push refuses when full.
template <class T>
class Queue {
 public:
  explicit Queue(size_t capacity) : capacity_(capacity) {}
  bool push(T item) {
    {
      std::lock_guard lock(guard_);
      if (items_.size() >= capacity_) return false;
      items_.push_back(std::move(item));
    }
    available_.release();
    return true;
  }
  [[nodiscard]] Wake pop(T& into, Deadline deadline) {
    if (const Wake wake = available_.acquire(deadline); wake != Wake::ready) return wake;
    std::lock_guard lock(guard_);
    into = std::move(items_.front());
    items_.pop_front();
    return Wake::ready;
  }

 private:
  std::mutex guard_;
  std::deque<T> items_;
  size_t capacity_;
  Semaphore available_{0};
};

}  // namespace navajo::reactor
