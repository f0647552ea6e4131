#include "navajo/shm/robust_mutex.h"

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

}  // namespace navajo::shm
