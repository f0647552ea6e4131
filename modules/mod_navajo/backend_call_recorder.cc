#include "modules/mod_navajo/backend_call_recorder.h"

#include <algorithm>
#include <optional>

#include "navajo/http/syntax.h"
#include "navajo/observe/traffic.h"

namespace navajo::glue {
namespace {

// None: it did not come so far. An early response comes before the request is out.
std::optional<base::Duration> between(base::TimePoint from, base::TimePoint to) {
  if (from == base::TimePoint() || to == base::TimePoint()) return std::nullopt;
  return std::max(to - from, base::Duration::zero());
}

int64_t microseconds(base::Duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

// "[::1]:80" and "app1:8443", without port 0.
void add_address(telemetry::Span& span, std::string_view address) {
  const size_t colon = address.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : http::parse_decimal(address.substr(colon + 1));
  span.add("server.address", address.substr(0, port ? colon : address.size()));
  if (port) span.add("server.port", static_cast<int64_t>(*port));
}

}  // namespace

api::TraceFields BackendCallRecorder::begins() {
  if (!trace_) return {};
  span_id_ = new_span_id();
  if (!trace_->telemetry->injects()) return {};
  http::TraceParent told = trace_->own;
  // A trace nobody records here has no spans of ours that a backend's could hang on.
  if (trace_->recorded) told.parent_id = span_id_;
  parent_ = http::traceparent_text(told);
  return {{parent_.data(), parent_.size()}, trace_->state};
}

void BackendCallRecorder::ended(const api::BackendCall& call) {
  const container::Container::Names names = container::Container::names(match_);
  observe::CallSample sample{names.host, names.servlet, call.name, call.status, call.cause};
  if (!call.reused) sample.connect = between(call.start, call.connected);
  sample.first_byte = between(call.sent, call.first_byte);
  sample.total = between(call.start, call.end).value_or(base::Duration::zero());
  observe::record(sample);
  if (trace_ && trace_->recorded) [[unlikely]]
    record_span(call, names);
  span_id_ = {};
}

void BackendCallRecorder::record_span(const api::BackendCall& call, const container::Container::Names& names) {
  telemetry::Span span;
  span.trace_id = trace_->own.trace_id;
  span.span_id = span_id_[0] ? span_id_ : new_span_id();
  span.parent_id = trace_->own.parent_id;
  span.flags = trace_->own.flags;
  span.trace_state = trace_->state;
  span.kind = telemetry::SpanKind::client;
  span.name = r_->method;
  span.end_ns = static_cast<uint64_t>(apr_time_now()) * 1000;
  span.start_ns = span.end_ns - static_cast<uint64_t>(std::max<int64_t>((call.end - call.start).count(), 0));
  span.add("http.request.method", r_->method);
  add_address(span, call.address);
  const std::string_view path = call.target.substr(0, call.target.find('?'));
  span.add("url.full", (call.tls ? "https://" : "http://") + std::string(call.address) + std::string(path));
  if (call.status != 0) span.add("http.response.status_code", call.status);
  if (trace_->calls > 0) span.add("http.request.resend_count", trace_->calls);
  trace_->calls++;
  span.failed = !call.cause.empty() || call.status >= 400;
  if (!call.cause.empty())
    span.add("error.type", call.cause);
  else if (call.status >= 400)
    span.add("error.type", std::to_string(call.status));
  span.add("navajo.servlet", names.servlet);
  span.add("navajo.backend", call.name);
  span.add("navajo.connection.reused", call.reused ? "true" : "false");
  if (const auto time = between(call.start, call.connected)) span.add("navajo.connect_us", microseconds(*time));
  if (const auto time = between(call.sent, call.first_byte)) span.add("navajo.first_byte_us", microseconds(*time));
  trace_->telemetry->record(std::move(span));
}

}  // namespace navajo::glue
