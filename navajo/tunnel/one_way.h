// One direction of a tunnel: takes what one stream brings and gives it to the other. Holds at most one buffer, and only
// while the other has no room; then nothing is read. The end of input is final: it is passed on once (close_notify and
// FIN), and what a TLS peer sends behind it is thrown away unread by TLS. Reactor thread; never waits.
#pragma once

#include <cstdint>
#include <span>

#include "navajo/base/clock.h"
#include "navajo/tls/stream.h"
#include "navajo/tunnel/relay_buffer.h"

namespace navajo::tunnel {

// Is shown what an end of a tunnel takes.
class Tap {
 public:
  virtual void passed(std::span<const char> bytes) = 0;

 protected:
  ~Tap() = default;
};

class OneWay {
 public:
  // What a call of move() has brought about.
  struct Step {
    size_t moved = 0;      // bytes the other stream has taken
    bool changed = false;  // a state, or bytes that were no data: records in part, what came behind the end
    bool more = false;     // stopped because of its share: there may be more without an event
    bool progress() const { return moved > 0 || changed; }
  };

  // Both outlive it.
  OneWay(tls::Stream& from, tls::Stream& to) : from_(from), to_(to) {}

  // As far as it goes without waiting, at most `share` bytes (one buffer more).
  Step move(size_t share, base::TimePoint now);
  void drop() {
    begin_ = end_ = 0;
    buffer_.give_back();
  }

  // Null: to nobody. It outlives this.
  void show_to(Tap* tap) { tap_ = tap; }

  uint64_t bytes() const { return bytes_; }
  bool input_ended() const { return input_ended_; }
  // `to` was told that the input has ended.
  bool finished() const { return finished_; }
  // Bytes, or the end, wait for room at `to`, since then.
  bool blocked() const { return blocked_; }
  base::TimePoint blocked_since() const { return blocked_since_; }
  // Nothing is on its way.
  bool is_quiet() const { return begin_ == end_ && input_ended_ == finished_; }

  bool failed() const { return failure_ != reactor::IoStatus::ok; }
  reactor::IoStatus failure() const { return failure_; }
  bool failed_at_source() const { return failed_at_source_; }

 private:
  bool write_held(Step& step, base::TimePoint now);
  bool read(Step& step);
  void finish(Step& step, base::TimePoint now);
  void discard(Step& step, size_t share);
  void no_room(Step& step, base::TimePoint now);
  void fail(reactor::IoStatus status, bool at_source, Step& step);

  tls::Stream &from_, &to_;
  Tap* tap_ = nullptr;
  RelayBuffer buffer_;
  uint32_t begin_ = 0, end_ = 0;  // what is held of the buffer
  uint64_t bytes_ = 0;
  size_t raw_seen_ = 0;
  base::TimePoint blocked_since_{};
  reactor::IoStatus failure_ = reactor::IoStatus::ok;
  bool failed_at_source_ = false, input_ended_ = false, finished_ = false, blocked_ = false, source_silent_ = false;
};

}  // namespace navajo::tunnel
