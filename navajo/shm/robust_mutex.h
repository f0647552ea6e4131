// A lock in shared memory that survives its holder: when a process dies with it, the next one gets it and is told.
// Lives in a mapping all users share, at any address; initialise() once before others see it, then any thread of any
// process. Never hold it while waiting for anything else: a fiber that yields with it stops its whole reactor.
#pragma once

#include <pthread.h>

#include <chrono>
#include <cstdint>

namespace navajo::shm {

enum class Locked : uint8_t {
  clean,
  // The last holder died inside. Validate or repair what the lock guards, then mark_consistent(); without that the
  // next unlock makes the lock unusable for ever.
  owner_died,
  failed,  // not locked: the memory is no lock (corrupted), or an owner died and nobody repaired
  busy,    // not locked: of try_lock() alone
};

class RobustMutexShm {
 public:
  // 0, or the errno of pthread_mutex_init.
  int initialise();
  [[nodiscard]] Locked lock();
  [[nodiscard]] Locked try_lock();
  void mark_consistent();
  void unlock();
  // As lock(); failed also when the time is over.
  [[nodiscard]] Locked lock_within(std::chrono::milliseconds at_most);

 private:
  pthread_mutex_t mutex_;
};

// Holds the lock for a scope. After owner_died the scope's code repairs and calls consistent().
class RobustLock {
 public:
  struct Try {};
  explicit RobustLock(RobustMutexShm& mutex) : mutex_(mutex), state_(mutex.lock()) {}
  RobustLock(RobustMutexShm& mutex, Try) : mutex_(mutex), state_(mutex.try_lock()) {}
  ~RobustLock() {
    if (state_ == Locked::clean || state_ == Locked::owner_died) mutex_.unlock();
  }
  RobustLock(const RobustLock&) = delete;
  RobustLock& operator=(const RobustLock&) = delete;

  Locked state() const { return state_; }
  void consistent() {
    mutex_.mark_consistent();
    state_ = Locked::clean;
  }

 private:
  RobustMutexShm& mutex_;
  Locked state_;
};

}  // namespace navajo::shm
