// The lines of group IsiwebOp about one exchange with a backend: start (DBG_LO), header fields (DBG_ME), end with its
// times in milliseconds (INFO). Facts: nevisproxy-container-servlets.md 6.5.
#pragma once

#include <string_view>

#include "navajo/api/request.h"
#include "navajo/base/clock.h"
#include "navajo/http/response_head.h"
#include "navajo/observe/trace.h"

namespace navajo::servlets::http_connector {

inline bool call_is_traced(observe::TraceLevel level) {
  return observe::trace_enabled(observe::TraceGroup::IsiwebOp, level);
}

// Called when call_is_traced(dbg_lo). head: as it is sent, with its request line.
[[gnu::cold]] void trace_call_begins(api::Request& request, const char* backend, std::string_view head);
// Called when call_is_traced(dbg_me).
[[gnu::cold]] void trace_response_head(const http::ResponseHead& head);

struct TracedCall {
  const char* backend;
  int status;                // 0: none
  const char* cause;         // "" when it went well
  int64_t total_ms, connect_ms, send_ms, first_ms, rest_ms;  // -1: not reached
};
// Called when call_is_traced(info).
[[gnu::cold]] void trace_call_ends(api::Request& request, const TracedCall& call);

}  // namespace navajo::servlets::http_connector
