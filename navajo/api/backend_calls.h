// Who wants to know of the calls a request makes of backends: for metrics by backend, for spans of a trace, for the
// answer to "why?". A servlet that forwards tells Request::backend_calls() of each attempt, repeated ones too; where
// that is null nobody asks. Called by the request's own fiber or thread; views hold during the call.
#pragma once

#include <string_view>

#include "navajo/base/clock.h"

namespace navajo::api {

// Header fields that take a trace along (W3C Trace Context), in place of the client's; empty: leave the client's.
struct TraceFields {
  std::string_view parent;  // traceparent
  std::string_view state;   // tracestate; empty: none
};

struct BackendCall {
  std::string_view name;     // as metrics call it: the id a Routing's table gives it, or its address
  std::string_view address;  // host:port
  std::string_view target;   // as sent, with its query
  bool tls = false;
  // What was not reached is the epoch. connected: of a pooled connection when it was taken.
  base::TimePoint start, connected, sent, first_byte, end;
  bool reused = false;         // the connection had carried a request before
  int status = 0;              // of the response; 0: no whole head came
  std::string_view cause;      // a stable word ("backend_timeout"); empty: it went well
};

class BackendCalls {
 public:
  virtual ~BackendCalls() = default;
  // Before the request's head is written. The views hold until ended().
  virtual TraceFields begins() = 0;
  // Also for a call whose connection did not come about: begins() was not called then.
  virtual void ended(const BackendCall& call) = 0;
};

}  // namespace navajo::api
