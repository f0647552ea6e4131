#include "modules/mod_navajo/status.h"

#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/request_log.h"
#include "navajo/observe/status_segment.h"

extern "C" {
#include "mod_status.h"
}

namespace navajo::glue {
namespace {

// "connections_live" to "ConnectionsLive", as mod_status writes its keys.
std::string camel_case(const char* name) {
  std::string text = "Navajo";
  bool upper = true;
  for (; *name; name++) {
    if (*name == '_') {
      upper = true;
      continue;
    }
    text += upper ? static_cast<char>(apr_toupper(*name)) : *name;
    upper = false;
  }
  return text;
}

void write_keys(request_rec* r, const observe::StatusNumbers& numbers) {
  for (size_t i = 0; i < observe::kCounters; i++)
    ap_rprintf(r, "%s: %" APR_UINT64_T_FMT "\n", camel_case(observe::kCounterRows[i].name).c_str(),
               static_cast<apr_uint64_t>(numbers.counters[i]));
  for (size_t i = 0; i < observe::kGauges; i++)
    ap_rprintf(r, "%s: %" APR_INT64_T_FMT "\n", camel_case(observe::kGaugeRows[i].name).c_str(),
               static_cast<apr_int64_t>(numbers.gauges[i]));
  for (const auto& [cause, count] : numbers.causes)
    ap_rprintf(r, "NavajoCause %s: %" APR_UINT64_T_FMT "\n", cause.c_str(), static_cast<apr_uint64_t>(count));
}

void write_table(request_rec* r, const observe::StatusNumbers& numbers) {
  using observe::Gauge;
  static constexpr Gauge shown[] = {Gauge::connections_live,       Gauge::connections_limit,
                                    Gauge::connections_busy,       Gauge::connections_idle,
                                    Gauge::connections_hibernated, Gauge::connections_lingering,
                                    Gauge::fibers_live};
  ap_rputs("<hr />\n<h2>Navajo</h2>\n<table border=\"0\"><tr><th>child</th>", r);
  for (const Gauge gauge : shown) ap_rprintf(r, "<th>%s</th>", observe::kGaugeRows[static_cast<size_t>(gauge)].name);
  ap_rputs("</tr>\n", r);
  const auto row = [r](const char* head, const auto& gauges) {
    ap_rprintf(r, "<tr><td>%s</td>", head);
    for (const Gauge gauge : shown)
      ap_rprintf(r, "<td>%" APR_INT64_T_FMT "</td>", static_cast<apr_int64_t>(gauges[static_cast<size_t>(gauge)]));
    ap_rputs("</tr>\n", r);
  };
  for (const auto& child : numbers.children) row(apr_itoa(r->pool, static_cast<int>(child.pid)), child.gauges);
  row("all", numbers.gauges);
  ap_rputs("</table>\n", r);
  if (numbers.causes.empty()) return;
  ap_rputs("<table border=\"0\"><tr><th>refused because of</th><th>requests</th></tr>\n", r);
  for (const auto& [cause, count] : numbers.causes)
    ap_rprintf(r, "<tr><td>%s</td><td>%" APR_UINT64_T_FMT "</td></tr>\n", cause.c_str(),
               static_cast<apr_uint64_t>(count));
  ap_rputs("</table>\n", r);
}

}  // namespace

int count_request(request_rec* r) {
  observe::count(observe::Counter::requests);
  observe::count(observe::response_class(r->status));
  observe::RequestSample sample;
  if (const RequestRecord* record = record_of(r)) {
    const container::Container::Names names = container::Container::names(record->match);
    sample.host = names.host;
    sample.context = names.context;
    sample.servlet = names.servlet;
  }
  sample.status = r->status;
  sample.took = std::chrono::microseconds(apr_time_now() - r->request_time);
  if (r->status >= 400 || r->connection->aborted) {
    const char* cause = apr_table_get(r->subprocess_env, "NAVAJO_CAUSE");
    const observe::StatusSegment* segment = observe::process_segment();
    if (cause && segment) segment->count_cause(cause);
    if (cause) sample.cause = cause;
  }
  observe::record(sample);
  return OK;
}

int show_status(request_rec* r, int flags) {
  return guard("status page", OK, [r, flags] {
    const observe::StatusSegment* segment = observe::process_segment();
    if (!segment) return OK;
    const observe::StatusNumbers numbers = segment->read();
    if (flags & AP_STATUS_SHORT)
      write_keys(r, numbers);
    else
      write_table(r, numbers);
    return OK;
  });
}

}  // namespace navajo::glue
