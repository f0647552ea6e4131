// What the children of a server share of one event log: its numbers, and who may write into its program's pipe. Plain
// data in memory that is inherited from the parent; goes with the last process that has it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "navajo/observe/trace_writer.h"
#include "navajo/shm/robust_mutex.h"

namespace navajo::rules {

struct EventLogShm {
  std::atomic<uint64_t> records, bytes;  // put into a queue
  std::atomic<uint64_t> dropped;         // found no room in it
  std::atomic<uint64_t> over_rate;       // more than a second's
  shm::RobustMutexShm turn;
  uint32_t torn;  // under the lock: a part of a record is the last thing in the pipe
};

struct UnmapEventLogShm {
  void operator()(EventLogShm* shared) const;
};
using SharedEventLog = std::unique_ptr<EventLogShm, UnmapEventLogShm>;
// Throws std::bad_alloc.
SharedEventLog make_event_log_shm();

class SharedPipeTurn final : public observe::PipeTurn {
 public:
  explicit SharedPipeTurn(EventLogShm& shared) : shared_(shared) {}
  Taken take(std::chrono::milliseconds at_most) override;
  void give(Taken left) override;

 private:
  EventLogShm& shared_;
};

}  // namespace navajo::rules
