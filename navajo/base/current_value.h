// A value that is replaced now and then by one thread at a time and taken all the time by any thread: a configuration,
// a table. Taking it is a few atomic additions in memory that is nearly always this thread's own, never a lock, and
// never waits for whoever replaces.
//
// There are two sides. A reader counts itself in on the side that is valid, looks whether it still is, copies that
// side's pointer and counts itself out. Whoever replaces fills the other side, makes it the valid one and waits until
// nobody copies from the one before: a matter of nanoseconds, unless a thread lost its processor in between. Either the
// reader sees that the side has changed or the replacing thread sees its count (both orders are sequentially
// consistent). Each stripe has a reference count of its own, so that threads do not fight for one cache line.
#pragma once

#include <sched.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace navajo::base {

inline constexpr size_t kValueStripes = 16;
size_t value_stripe_of_this_thread();

template <class T>
class CurrentValue {
 public:
  using Pointer = std::shared_ptr<const T>;

  // Null before the first replace().
  Pointer get() const {
    Stripe& stripe = stripes_[value_stripe_of_this_thread()];
    for (;;) {
      const uint32_t side = side_.load(std::memory_order_acquire);
      stripe.copying[side].fetch_add(1);
      const bool valid = side_.load() == side;
      Pointer out;
      if (valid) out = stripe.sides[side];
      stripe.copying[side].fetch_sub(1, std::memory_order_release);
      if (valid) return out;
    }
  }

  // The one before lives on as long as a reader has it. May wait for a few microseconds; takes memory.
  void replace(const Pointer& next) {
    const uint32_t before = side_.load(std::memory_order_relaxed), after = 1 - before;
    // Nobody copies from there: the last replace() has waited for it, and who comes late sees that it is not valid.
    for (Stripe& stripe : stripes_)
      stripe.sides[after] = Pointer(next.get(), [keep = Pointer(next)](const T*) mutable { keep.reset(); });
    side_.store(after);
    for (Stripe& stripe : stripes_) {
      while (stripe.copying[before].load() != 0) sched_yield();
      stripe.sides[before].reset();
    }
  }

 private:
  struct alignas(64) Stripe {
    std::atomic<uint32_t> copying[2] = {0, 0};
    Pointer sides[2];
  };
  mutable std::array<Stripe, kValueStripes> stripes_;
  alignas(64) std::atomic<uint32_t> side_{0};
};

}  // namespace navajo::base
