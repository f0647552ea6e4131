// Whether a peer reads what is written to it fast enough. Only time spent waiting for the peer counts, so a slow source
// of the bytes is not held against it; a window is full when that much time was waited. What counts as read is what
// has left our send buffer: the peer's system has acknowledged it. One per connection, used by its fiber.
#pragma once

#include <cstdint>

#include "navajo/base/clock.h"

namespace navajo::reactor {

class ReadRate {
 public:
  // bytes_per_second 0: a single byte per window is enough.
  void require(uint64_t bytes_per_second, base::Duration window) {
    rate_ = bytes_per_second;
    window_ = window;
  }
  // How long the next wait may be before it has to be judged.
  base::Duration left() const { return window_ - waited_; }

  // Nothing was waited for in this window: what was read until now does not count for it, if begin() says so.
  bool fresh() const { return waited_ == base::Duration::zero(); }
  void begin(uint64_t unread) {
    sent_ = 0;
    unread_ = unread;
  }
  // Bytes that went into the send buffer.
  void note_sent(uint64_t bytes) { sent_ += bytes; }
  enum class Verdict : uint8_t { fine, too_slow };
  // After a wait: unread is what stands in the send buffer now.
  Verdict note_wait(base::Duration waited, uint64_t unread);

 private:
  uint64_t rate_ = 0;
  base::Duration window_{std::chrono::seconds(60)}, waited_{0};
  uint64_t sent_ = 0, unread_ = 0;  // since the window began, and at its begin
};

// Bytes in the send buffer of a TCP socket that its peer has not acknowledged; 0 when the system does not say.
uint64_t unacknowledged_bytes(int fd);

}  // namespace navajo::reactor
