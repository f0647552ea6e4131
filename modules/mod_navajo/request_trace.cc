#include "modules/mod_navajo/request_trace.h"

#include <algorithm>
#include <cstring>

#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/request_id.h"
#include "modules/mod_navajo/request_log.h"
#include "navajo/container/shared_services.h"
#include "navajo/observe/status_segment.h"

namespace navajo::glue {
namespace {

using telemetry::Span;

constexpr size_t kLongestUserAgent = 256;

// What the client says of the trace it is in, if it says it well.
bool go_on(const request_rec* r, RequestTrace& trace) {
  const char* parent = apr_table_get(r->headers_in, "traceparent");
  if (!parent) return false;
  const auto parsed = http::parse_traceparent(parent);
  if (!parsed) {
    observe::count(observe::Counter::traces_malformed);
    return false;
  }
  observe::count(observe::Counter::traces_continued);
  trace.own = *parsed;
  trace.client_span = parsed->parent_id;
  // httpd has joined several fields of that name.
  const char* state = apr_table_get(r->headers_in, "tracestate");
  const std::string_view list = state ? state : "";
  if (http::is_tracestate({&list, 1})) trace.state = list;
  return true;
}

void begin(const request_rec* r, RequestTrace& trace) {
  // The request's own id is as random as a trace's has to be: one thing to search for.
  const size_t length = r->log_id ? strlen(r->log_id) : 0;
  if (length == trace.own.trace_id.size()) {
    memcpy(trace.own.trace_id.data(), r->log_id, length);
  } else {
    const auto high = new_span_id(), low = new_span_id();
    std::copy(high.begin(), high.end(), trace.own.trace_id.begin());
    std::copy(low.begin(), low.end(), trace.own.trace_id.begin() + high.size());
  }
  trace.own.flags = trace.telemetry->samples(trace.own.trace()) ? http::TraceParent::kSampled : 0;
}

bool is_known_method(std::string_view method) {
  static constexpr std::string_view kKnown[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  return std::find(std::begin(kKnown), std::end(kKnown), method) != std::end(kKnown);
}

// What the mapping took, of few values: "/app/*", "/exact".
std::string route_of(const request_rec* r, const container::Match& match) {
  if (!match.found() || !r->uri) return {};
  const std::string_view path = r->uri;
  std::string out(path.substr(0, match.servlet_path_length));
  if (match.servlet_path_length < path.size()) out += out.ends_with('/') ? "*" : "/*";
  return out;
}

Span span_of(request_rec* r, const RequestRecord& record, const RequestTrace& trace) {
  Span span;
  span.trace_id = trace.own.trace_id;
  span.span_id = trace.own.parent_id;
  span.parent_id = trace.client_span;
  span.flags = trace.own.flags;
  span.trace_state = trace.state;
  span.start_ns = static_cast<uint64_t>(r->request_time) * 1000;
  span.end_ns = static_cast<uint64_t>(apr_time_now()) * 1000;
  const container::Container::Names names = container::Container::names(record.match);
  const std::string route = route_of(r, record.match);
  const bool known = is_known_method(r->method);
  span.name = known ? r->method : "HTTP";
  if (!route.empty()) span.name += " " + route;
  span.add("http.request.method", known ? r->method : "_OTHER");
  if (!known) span.add("http.request.method_original", std::string_view(r->method).substr(0, 64));
  span.add("url.path", r->uri ? r->uri : "");  // without the query: it may hold what does not belong in a trace
  span.add("url.scheme", ap_ssl_conn_is_ssl(r->connection) ? "https" : "http");
  span.add("http.route", route);
  span.add("http.response.status_code", r->status);
  span.add("server.address", r->hostname ? r->hostname : "");
  span.add("server.port", r->connection->local_addr->port);
  span.add("client.address", r->useragent_ip);
  const std::string_view protocol = r->protocol ? r->protocol : "";
  if (protocol.starts_with("HTTP/"))
    span.add("network.protocol.version", protocol == "HTTP/2.0" ? std::string_view("2") : protocol.substr(5));
  if (const char* agent = apr_table_get(r->headers_in, "User-Agent"))
    span.add("user_agent.original", std::string_view(agent).substr(0, kLongestUserAgent));
  span.add("navajo.context", names.context);
  span.add("navajo.servlet", names.servlet);
  span.add("navajo.request_id", r->log_id ? r->log_id : "");
  const char* cause = apr_table_get(r->subprocess_env, "NAVAJO_CAUSE");
  const bool refused = r->status >= 400 || r->connection->aborted;
  if (refused && cause) span.add("navajo.cause", cause);
  span.failed = r->status >= 500 || r->connection->aborted;
  if (span.failed) span.add("error.type", cause ? std::string(cause) : std::to_string(r->status));
  return span;
}

}  // namespace

std::array<char, 16> new_span_id() {
  static const char digits[] = "0123456789abcdef";
  std::array<char, 16> out;
  uint64_t bits = random_number();
  for (size_t i = 0; i < out.size(); i++, bits >>= 4) out[i] = digits[bits & 15];
  return out;
}

RequestTrace* begin_trace(request_rec* r) {
  telemetry::Telemetry* telemetry = configuration()->container->services().telemetry.get();
  if (!telemetry) return nullptr;
  // An internal redirect or a subrequest is part of the same span.
  for (const request_rec* before = r->prev ? r->prev : r->main; before; before = before->prev)
    if (const RequestRecord* record = record_of(before); record && record->trace) return record->trace;
  auto* trace = new (apr_palloc(r->pool, sizeof(RequestTrace))) RequestTrace{telemetry, {}, {}, {}, false, 0};
  if (!telemetry->extracts() || !go_on(r, *trace)) begin(r, *trace);
  trace->own.parent_id = new_span_id();
  trace->recorded = trace->own.sampled() && telemetry->records();
  apr_table_setn(r->subprocess_env, "NAVAJO_TRACE_ID",
                 apr_pstrmemdup(r->pool, trace->own.trace_id.data(), trace->own.trace_id.size()));
  return trace;
}

int end_trace(request_rec* r) {
  const RequestRecord* record = record_of(r);
  if (!record || !record->trace || !record->trace->recorded) return DECLINED;
  return guard("trace", DECLINED, [r, record] {
    record->trace->telemetry->record(span_of(r, *record, *record->trace));
    return DECLINED;
  });
}

}  // namespace navajo::glue
