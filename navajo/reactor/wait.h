// The one waiting primitive, and what a wait can come back with.
//
// wait() on a fiber gives the reactor thread to others until the descriptor is ready; on an ordinary
// thread (prefork, worker, a unit test, the command line) it is poll(2). So code that waits is written
// once, in plain sequential style. Every wait has a Deadline. errno is kept over a wait.
#pragma once

#include <cstdint>
#include <span>

#include "navajo/base/clock.h"

namespace navajo::reactor {

using base::Duration;
using base::TimePoint;

class Descriptor;

enum class Interest : uint8_t { read, write };

enum class Wake : uint8_t {
  ready,
  timed_out,
  cancelled,  // the fiber was cancelled (its client went away)
  stopping,   // the reactor ends now; every wait fails from here on
};

// An absolute point in time, or never.
class Deadline {
 public:
  static Deadline never() { return Deadline(TimePoint::max()); }
  static Deadline at(TimePoint when) { return Deadline(when); }
  // On a reactor thread up to a clock tick (10 ms) later than asked, never earlier.
  static Deadline after(Duration from_now);

  bool is_never() const { return when_ == TimePoint::max(); }
  bool passed(TimePoint now) const { return when_ <= now; }
  TimePoint when() const { return when_; }
  Deadline earlier(Deadline other) const { return other.when_ < when_ ? other : *this; }

 private:
  explicit Deadline(TimePoint when) : when_(when) {}
  TimePoint when_;
};

// Not before the descriptor is readable/writable, hung up, or the deadline has passed. On a fiber the
// descriptor must be registered with this thread's reactor.
[[nodiscard]] Wake wait(Descriptor& descriptor, Interest interest, Deadline deadline);

// One of several things waited for at once.
struct Awaited {
  Descriptor* descriptor;
  Interest interest;
  bool ready = false;  // what wait_any() found
};
constexpr size_t kMaxAwaited = 4;

// The same for whichever comes first: a client that sends on or a backend that answers already, either end of a tunnel.
// At most kMaxAwaited. Wake::ready: one of them is marked ready at least. With a descriptor of this fiber's own client
// among them the wait is not cancelled: that the client went away shows there.
// What is buffered above the socket (a TLS record half used) shows on no descriptor: read without waiting first.
[[nodiscard]] Wake wait_any(std::span<Awaited> awaited, Deadline deadline);

// Lets other fibers run before going on (a no-op on an ordinary thread).
void yield();

// Sleeps without holding the thread (on an ordinary thread it does hold it).
Wake sleep_until(Deadline deadline);

bool on_fiber();

}  // namespace navajo::reactor
