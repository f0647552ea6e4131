#include "navajo/rules/event_log_shm.h"

#include <sys/mman.h>

#include <new>

namespace navajo::rules {

void UnmapEventLogShm::operator()(EventLogShm* shared) const { munmap(shared, sizeof(EventLogShm)); }

SharedEventLog make_event_log_shm() {
  void* const memory = mmap(nullptr, sizeof(EventLogShm), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  SharedEventLog out(new (memory) EventLogShm{});
  if (out->turn.initialise() != 0) throw std::bad_alloc();
  return out;
}

observe::PipeTurn::Taken SharedPipeTurn::take(std::chrono::milliseconds at_most) {
  const shm::Locked state = shared_.turn.lock_within(at_most);
  if (state == shm::Locked::owner_died) {
    // It may have been between two records: an empty line is the lesser evil.
    shared_.turn.mark_consistent();
    shared_.torn = 1;
  } else if (state != shm::Locked::clean) {
    return Taken::none;
  }
  return shared_.torn ? Taken::torn : Taken::whole;
}

void SharedPipeTurn::give(Taken left) {
  shared_.torn = left == Taken::torn ? 1 : 0;
  shared_.turn.unlock();
}

}  // namespace navajo::rules
