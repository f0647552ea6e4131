// What is known of the health of the backends of one connector: when each was found bad, and what became of the
// requests it got. It stands in the shared memory of the configuration, where there is one, so that all children know
// at once that a backend is down and the status page of any child tells the sum; else it is this process's own.
// Only atomics, all relaxed: readers act on one word at a time. Times are ticks of CLOCK_MONOTONIC, which is the same
// in every process; 0 means never. A child that dies leaves everything as it is: who is with a backend right now stands
// elsewhere (AdmissionGate), in the process itself.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

#include "navajo/base/clock.h"
#include "navajo/connector/failure.h"
#include "navajo/shm/arena.h"

namespace navajo::connector {

using Ticks = base::Duration::rep;

// Never 0.
inline Ticks ticks(base::TimePoint when) {
  const Ticks count = when.time_since_epoch().count();
  return count > 0 ? count : 1;
}

struct BackendCounters {
  using Count = std::atomic<uint64_t>;
  // Each request and each answer; the class of status 2xx is answers[2], of what is no status answers[0].
  Count requests{0};
  std::array<Count, 6> answers{};
  // Rare events.
  Count connect_failures{0}, timeouts{0}, broken{0}, malformed{0}, truncated{0}, client_gone{0}, retries{0},
      retries_refused{0}, refused_by_limit{0}, marked_bad{0}, unasked_bytes{0};
};

// One of the addresses a name stands for.
struct EndpointShm {
  std::atomic<uint64_t> key{0};  // of address and port; 0: free
  std::atomic<Ticks> bad_until{0};
};

struct BackendShm {
  static constexpr size_t kEndpoints = 8;

  // Read with every request, written when something changes.
  alignas(64) std::atomic<Ticks> bad_until{0};  // 0: usable
  std::atomic<Cause> bad_because{Cause::none}, last_failure{Cause::none};
  std::atomic<uint32_t> failures_in_a_row{0};
  std::atomic<Ticks> last_failure_at{0}, last_retry_at{0}, last_success_at{0};
  std::array<EndpointShm, kEndpoints> endpoints{};
  // Written with every request.
  alignas(64) BackendCounters counters;
};

struct BalancerShm {
  alignas(64) std::atomic<uint64_t> turn{0};  // round robin
  alignas(64) std::atomic<Ticks> next_last_resort{0};
  std::atomic<uint64_t> last_resort_turn{0};
  // Of the retry budget: since when, how many requests there were before, and retries since.
  std::atomic<Ticks> budget_since{0};
  std::atomic<uint64_t> budget_requests_before{0}, budget_retries{0};
};

static_assert(std::atomic<Ticks>::is_always_lock_free && std::atomic<Cause>::is_always_lock_free);

class Health {
 public:
  // arena: null, or exhausted (it has said so): the memory is this process's own.
  Health(size_t backends, shm::Arena* arena);

  BackendShm& backend(size_t index) { return backends_[index]; }
  BalancerShm& balancer() { return *balancer_; }

 private:
  std::unique_ptr<BackendShm[]> own_backends_;
  std::unique_ptr<BalancerShm> own_balancer_;
  BackendShm* backends_;
  BalancerShm* balancer_;
};

}  // namespace navajo::connector
