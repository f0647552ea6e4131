#include "navajo/telemetry/span_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace navajo::telemetry {

SpanQueue::Pushed SpanQueue::push(Span&& span, size_t batch) {
  std::lock_guard lock(guard_);
  if (waiting_.size() + held_ >= most_) return Pushed::dropped;
  waiting_.push_back(std::move(span));
  return waiting_.size() == batch ? Pushed::batch_is_full : Pushed::taken;
}

std::vector<Span> SpanQueue::take(size_t most) {
  std::lock_guard lock(guard_);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size()));
  std::vector<Span> out(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  held_ += out.size();
  return out;
}

void SpanQueue::release(size_t count) {
  std::lock_guard lock(guard_);
  held_ -= std::min(held_, count);
}

size_t SpanQueue::waiting() const {
  std::lock_guard lock(guard_);
  return waiting_.size();
}

}  // namespace navajo::telemetry
