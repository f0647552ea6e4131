#include "navajo/base/current_value.h"

namespace navajo::base {

size_t value_stripe_of_this_thread() {
  static std::atomic<size_t> next{0};
  // Trivial, so that no destructor of a thread keeps the library from being unloaded.
  thread_local size_t stripe = 0;
  if (stripe == 0) stripe = 1 + next.fetch_add(1, std::memory_order_relaxed) % kValueStripes;
  return stripe - 1;
}

}  // namespace navajo::base
