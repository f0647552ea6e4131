#include "navajo/observe/trace_queue.h"

namespace navajo::observe {

bool TraceQueue::push(std::string_view record) {
  std::lock_guard lock(guard_);
  if (closed_ || waiting_.size() + held_ + record.size() > limit_) {
    dropped_++;
    return false;
  }
  waiting_.append(record);
  // A reader that is awake looks by itself: no system call for each record.
  if (reader_sleeps_ || (waiting_.size() > limit_ / 2 && waiting_.size() - record.size() <= limit_ / 2)) {
    reader_sleeps_ = false;
    filled_.notify_one();
  }
  return true;
}

bool TraceQueue::take(std::string& batch, std::chrono::milliseconds at_most) {
  batch.clear();
  std::unique_lock lock(guard_);
  if (waiting_.empty() && !closed_) {
    reader_sleeps_ = true;
    filled_.wait_for(lock, at_most, [this] { return !waiting_.empty() || closed_; });
    reader_sleeps_ = false;
  }
  batch.swap(waiting_);
  held_ += batch.size();
  return !batch.empty() || !closed_;
}

void TraceQueue::release(size_t bytes) {
  std::lock_guard lock(guard_);
  held_ -= bytes < held_ ? bytes : held_;
}

void TraceQueue::rest(std::chrono::milliseconds at_most) {
  std::unique_lock lock(guard_);
  const auto enough = [this] { return closed_ || (held_ == 0 && waiting_.size() > limit_ / 2); };
  if (!enough()) filled_.wait_for(lock, at_most, enough);
}

void TraceQueue::close() {
  std::lock_guard lock(guard_);
  closed_ = true;
  filled_.notify_one();
}

bool TraceQueue::closed() const {
  std::lock_guard lock(guard_);
  return closed_;
}

uint64_t TraceQueue::take_dropped() {
  std::lock_guard lock(guard_);
  const uint64_t dropped = dropped_;
  dropped_ = 0;
  return dropped;
}

}  // namespace navajo::observe
