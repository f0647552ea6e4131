// One backend of a connector: where it is, whether it is usable, how many requests are with it. Shared by all
// threads and reactors of the process; everything here is atomic. Lives as long as its connector.
//
// A backend that could not be connected to is bad for RetryTimeout. Then one request tries it, while the others
// keep away from it for another RetryTimeout; a connection makes it usable again.
#pragma once

#include <atomic>
#include <string>

#include "navajo/base/clock.h"
#include "navajo/connector/address.h"
#include "navajo/connector/admission_gate.h"
#include "navajo/connector/failure.h"

namespace navajo::connector {

struct BackendCounters {
  using Count = std::atomic<uint64_t>;
  // Rare events only: what happens with every request is counted per pool.
  Count connect_failures{0}, timeouts{0}, broken{0}, malformed{0}, truncated{0}, client_gone{0}, retries{0},
      refused_by_limit{0}, marked_bad{0}, unasked_bytes{0};
};

class Backend {
 public:
  Backend(BackendAddress address, size_t max_connections, size_t wait_queue)
      : address_(std::move(address)), gate_(max_connections, wait_queue) {}

  const BackendAddress& address() const { return address_; }
  const char* name() const { return address_.text.c_str(); }
  AdmissionGate& gate() { return gate_; }
  const AdmissionGate& gate() const { return gate_; }
  BackendCounters& counters() { return counters_; }
  const BackendCounters& counters() const { return counters_; }

  bool bad() const { return bad_until_.load(std::memory_order_relaxed) != 0; }
  // True for a backend that is not bad, and for the one caller who may try a bad one now.
  bool claim(base::TimePoint now, base::Duration retry_after);
  void mark_bad(base::TimePoint now, base::Duration retry_after);
  // True when it was bad until now.
  bool mark_usable();

  void note_failure(Cause cause, base::TimePoint now);
  Cause last_failure() const { return last_failure_.load(std::memory_order_relaxed); }
  base::TimePoint last_failure_at() const { return base::TimePoint(base::Duration(last_failure_at_.load())); }

 private:
  using Ticks = base::Duration::rep;
  BackendAddress address_;
  AdmissionGate gate_;
  BackendCounters counters_;
  std::atomic<Ticks> bad_until_{0};  // 0: usable
  std::atomic<Cause> last_failure_{Cause::none};
  std::atomic<Ticks> last_failure_at_{0};
};

}  // namespace navajo::connector
