#include "navajo/shm/robust_mutex.h"

#include <time.h>

#include <cerrno>

namespace navajo::shm {

int RobustMutexShm::initialise() {
  pthread_mutexattr_t attributes;
  if (const int failed = pthread_mutexattr_init(&attributes)) return failed;
  int result = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (result == 0) result = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (result == 0) result = pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return result;
}

Locked RobustMutexShm::lock() {
  switch (pthread_mutex_lock(&mutex_)) {
    case 0: return Locked::clean;
    case EOWNERDEAD: return Locked::owner_died;
    default: return Locked::failed;
  }
}

Locked RobustMutexShm::try_lock() {
  switch (pthread_mutex_trylock(&mutex_)) {
    case 0: return Locked::clean;
    case EOWNERDEAD: return Locked::owner_died;
    case EBUSY: return Locked::busy;
    default: return Locked::failed;
  }
}

void RobustMutexShm::mark_consistent() { pthread_mutex_consistent(&mutex_); }

void RobustMutexShm::unlock() { pthread_mutex_unlock(&mutex_); }

Locked RobustMutexShm::lock_within(std::chrono::milliseconds at_most) {
  timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  const auto end = std::chrono::seconds(until.tv_sec) + std::chrono::nanoseconds(until.tv_nsec) + at_most;
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(end);
  until.tv_sec = whole.count();
  until.tv_nsec = std::chrono::nanoseconds(end - whole).count();
  switch (pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until)) {
    case 0: return Locked::clean;
    case EOWNERDEAD: return Locked::owner_died;
    default: return Locked::failed;
  }
}

}  // namespace navajo::shm
