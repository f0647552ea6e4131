// One backend of a connector: where it is, whether it is usable, how many requests are with it. Shared by all
// threads and reactors of the process, its health also with the other children; everything here is atomic. Lives as
// long as its connector.
//
// A backend that takes no connection is bad for RetryTimeout at once; one that takes requests and fails them is, after
// so many failures in a row. Then one request tries it, while the others keep away from it for another RetryTimeout.
// What it was bad for makes it usable again: a connection, or a whole answer.
#pragma once

#include "navajo/connector/address.h"
#include "navajo/connector/admission_gate.h"
#include "navajo/connector/backend_health.h"

namespace navajo::connector {

class Backend {
 public:
  Backend(BackendAddress address, BackendShm& health, size_t max_connections, size_t wait_queue)
      : address_(std::move(address)), health_(health), gate_(max_connections, wait_queue) {}

  const BackendAddress& address() const { return address_; }
  const char* name() const { return address_.text.c_str(); }
  AdmissionGate& gate() { return gate_; }
  const AdmissionGate& gate() const { return gate_; }
  BackendCounters& counters() { return health_.counters; }
  const BackendCounters& counters() const { return health_.counters; }
  BackendShm& health() { return health_; }
  const BackendShm& health() const { return health_; }

  bool bad() const { return health_.bad_until.load(std::memory_order_relaxed) != 0; }
  // Bad for not taking connections: only a new one tells whether it does now.
  bool unreachable() const { return bad() && is_connect_failure(health_.bad_because.load(std::memory_order_relaxed)); }
  // True for a backend that is not bad, and for the one caller (of all children) who may try a bad one now.
  bool claim(base::TimePoint now, base::Duration retry_after);
  // True when it was usable until now.
  bool mark_bad(Cause why, base::TimePoint now, base::Duration retry_after);
  // True when it was bad until now.
  bool mark_usable();

  void note_failure(Cause cause, base::TimePoint now);
  // After an answer.
  void note_success(int status, base::TimePoint now);

 private:
  BackendAddress address_;
  BackendShm& health_;
  AdmissionGate gate_;
};

}  // namespace navajo::connector
