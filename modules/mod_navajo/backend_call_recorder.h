// Hears of each call of a backend that a request makes: counts it by host, servlet and backend, tells the backend where
// in the trace it is, and gives the call as a span to the collector's queue if the trace is recorded. Part of the
// HttpdRequest, on the handler's stack.
#pragma once

#include <array>

#include "modules/mod_navajo/navajo_httpd.h"
#include "modules/mod_navajo/request_trace.h"
#include "navajo/api/backend_calls.h"
#include "navajo/container/container.h"

namespace navajo::glue {

class BackendCallRecorder final : public api::BackendCalls {
 public:
  // trace: null: no telemetry.
  BackendCallRecorder(const request_rec* r, const container::Match& match, RequestTrace* trace)
      : r_(r), match_(match), trace_(trace) {}
  api::TraceFields begins() override;
  void ended(const api::BackendCall& call) override;

 private:
  void record_span(const api::BackendCall& call, const container::Container::Names& names);

  const request_rec* r_;
  const container::Match& match_;
  RequestTrace* trace_;
  std::array<char, 16> span_id_{};  // of the call under way; all 0 bytes: begins() was not called for it
  std::array<char, http::kTraceParentLength> parent_{};
};

}  // namespace navajo::glue
