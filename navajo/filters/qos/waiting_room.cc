#include "navajo/filters/qos/waiting_room.h"

namespace navajo::filters::qos {

using reactor::Deadline;
using reactor::Wake;

namespace {

WaitingRoom::Entry entry_of(Wake wake) {
  switch (wake) {
    case Wake::cancelled: return WaitingRoom::Entry::cancelled;
    case Wake::stopping: return WaitingRoom::Entry::stopping;
    case Wake::ready:
    case Wake::timed_out: break;
  }
  return WaitingRoom::Entry::timed_out;
}

}  // namespace

WaitingRoom::Entry WaitingRoom::enter(limits::Slot& slot, Deadline deadline) {
  // Nobody goes past those who wait already.
  if (waiting_.load() == 0) {
    slot = limits_->enter(at_work_, limit_);
    if (slot) return Entry::admitted;
  }
  const limits::Slot place = limits_->enter(in_line_, queue_);
  if (!place) return Entry::queue_full;
  waiting_.fetch_add(1);
  const Entry entry = wait_in_line(slot, deadline);
  waiting_.fetch_sub(1);
  return entry;
}

WaitingRoom::Entry WaitingRoom::wait_in_line(limits::Slot& slot, Deadline deadline) {
  if (const Wake wake = first_.lock(deadline); wake != Wake::ready) return entry_of(wake);
  Wake wake = Wake::ready;
  for (;;) {
    // Before the look: what ends after it sets the event.
    ended_.reset();
    slot = limits_->enter(at_work_, limit_);
    if (slot) break;
    wake = ended_.wait(Deadline::after(kLook).earlier(deadline));
    if (wake == Wake::cancelled || wake == Wake::stopping) break;
    if (wake == Wake::timed_out && deadline.passed(base::system_clock().now())) break;
  }
  first_.unlock();
  return slot ? Entry::admitted : entry_of(wake);
}

void WaitingRoom::leave(limits::Slot& slot) {
  slot = {};
  if (waiting_.load() > 0) ended_.set();
}

}  // namespace navajo::filters::qos
