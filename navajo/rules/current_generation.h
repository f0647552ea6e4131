// The generation a process works with: taken by every request on any thread, replaced once per reload by one thread at
// a time. Taking one is a few atomic additions in memory that is nearly always this thread's own, never a lock, and
// never waits for whoever replaces.
//
// There are two sides. A request counts itself in on the side that is valid, looks whether it still is, copies that
// side's pointer and counts itself out. Whoever replaces fills the other side, makes it the valid one and waits until
// nobody copies from the one before: a matter of nanoseconds, unless a thread lost its processor in between. Either the
// request sees that the side has changed or the replacing thread sees its count (both orders are sequentially
// consistent). Each stripe has a reference count of its own, so that threads do not fight for one cache line.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "navajo/rules/rule_store.h"

namespace navajo::rules {

class CurrentGeneration {
 public:
  using Pointer = std::shared_ptr<const RuleGeneration>;

  // Null before the first replace().
  Pointer get() const;
  // The one before lives on as long as a request has it. May wait for a few microseconds; takes memory.
  void replace(const Pointer& next);

 private:
  static constexpr size_t kStripes = 16;
  struct alignas(64) Stripe {
    std::atomic<uint32_t> copying[2] = {0, 0};
    Pointer sides[2];
  };
  static size_t stripe_of_this_thread();

  mutable std::array<Stripe, kStripes> stripes_;
  alignas(64) std::atomic<uint32_t> side_{0};
};

}  // namespace navajo::rules
