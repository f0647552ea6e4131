// A request's place in a trace (W3C Trace Context): gone on with, or begun, before the container sees the request; told
// to backends; and at its end, where the trace is recorded, given to the collector's queue as a span. Only where
// navajo.xml has an OpenTelemetry element; else a null pointer and nothing else.
#pragma once

#include <array>
#include <string_view>

#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/http/trace_context.h"
#include "navajo/telemetry/telemetry.h"

namespace navajo::glue {

// One per request, in its pool.
struct RequestTrace {
  telemetry::Telemetry* telemetry;
  http::TraceParent own;               // its parent_id is this request's span: that is what comes after it sees
  std::array<char, 16> client_span{};  // all 0 bytes: the trace begins here
  std::string_view state;              // tracestate to be passed on, in the pool
  bool recorded = false;
  unsigned calls = 0;  // of backends, so far
};

// For a request of the container. Null: no telemetry.
RequestTrace* begin_trace(request_rec* r);
// log_transaction
int end_trace(request_rec* r);

std::array<char, 16> new_span_id();

}  // namespace navajo::glue
