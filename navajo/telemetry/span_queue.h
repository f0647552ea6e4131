// The spans of a child on their way to the collector: bounded, so that a slow collector costs memory only once and
// nobody's request. push() takes a short lock and never waits for the network; without room the span is dropped. One
// reader.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "navajo/telemetry/span.h"

namespace navajo::telemetry {

class SpanQueue {
 public:
  explicit SpanQueue(size_t most) : most_(most) {}

  enum class Pushed : uint8_t { dropped, taken, batch_is_full };
  // batch_is_full: with this one as many wait as a batch has; once for each batch.
  Pushed push(Span&& span, size_t batch);
  // Up to so many, oldest first. They count against the limit until released.
  std::vector<Span> take(size_t most);
  void release(size_t count);
  size_t waiting() const;

 private:
  const size_t most_;
  mutable std::mutex guard_;
  std::vector<Span> waiting_;
  size_t held_ = 0;  // taken, not released
};

}  // namespace navajo::telemetry
