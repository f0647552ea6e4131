// What every request passes before the filters of its Context: is there memory for another one, how long may its body
// be, and is there a place for a large one (limits/memory_observer.h). A request without a body pays two compares.
// Immutable; called by all threads and fibers. Failure-modes.md rows 30, 38.
#pragma once

#include <cstdint>
#include <optional>

#include "navajo/api/servlet.h"
#include "navajo/base/function_ref.h"
#include "navajo/limits/limited_body.h"
#include "navajo/limits/memory_observer.h"

namespace navajo::container {

class Entrance {
 public:
  Entrance() = default;
  // Null: memory is not watched. Lives as long.
  explicit Entrance(limits::MemoryObserver* memory) : memory_(memory) {}

  // None: go on. 503 memory_critical, with Retry-After in the response.
  std::optional<api::Outcome> admit(api::Response& response) const;

  // Calls `serve` with the request, or a wrapper of it that counts a body whose length nobody declared. limit: bytes,
  // limits::kAnyLength: any. Else 413 body_too_large; 503 memory_high or large_bodies_full.
  using Serve = base::FunctionRef<api::Outcome(api::Request& request)>;
  api::Outcome let_in(api::Request& request, api::Response& response, uint64_t limit, Serve serve) const;

 private:
  api::Outcome no_place(api::Response& response) const;

  limits::MemoryObserver* memory_ = nullptr;
};

}  // namespace navajo::container
