#include "navajo/rules/current_generation.h"

#include <sched.h>

namespace navajo::rules {

size_t CurrentGeneration::stripe_of_this_thread() {
  static std::atomic<size_t> next{0};
  // Trivial, so that no destructor of a thread keeps the library from being unloaded.
  thread_local size_t stripe = 0;
  if (stripe == 0) stripe = 1 + next.fetch_add(1, std::memory_order_relaxed) % kStripes;
  return stripe - 1;
}

CurrentGeneration::Pointer CurrentGeneration::get() const {
  Stripe& stripe = stripes_[stripe_of_this_thread()];
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

void CurrentGeneration::replace(const Pointer& next) {
  const uint32_t before = side_.load(std::memory_order_relaxed), after = 1 - before;
  // Nobody copies from there: the last replace() has waited for it, and who comes late sees that it is not valid.
  for (Stripe& stripe : stripes_)
    stripe.sides[after] = Pointer(next.get(), [keep = Pointer(next)](const RuleGeneration*) mutable { keep.reset(); });
  side_.store(after);
  for (Stripe& stripe : stripes_) {
    while (stripe.copying[before].load() != 0) sched_yield();
    stripe.sides[before].reset();
  }
}

}  // namespace navajo::rules
