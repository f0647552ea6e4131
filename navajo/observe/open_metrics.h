// Everything the status segment knows, as OpenMetrics: counters and gauges (navajo/observe/status_values.def: the
// table's text is the HELP), latency histograms and counts by host, servlet, backend and cause, causes, certificates,
// the configuration, the build, the processes. docs/metrics.md lists the families; a test compares.
//
// Who has more to tell (components, session stores: navajo/api/component_metrics.h) writes it in `more`.
// Any thread. A scrape reads shared memory and some files of /proc, and takes no lock.
#pragma once

#include <string>
#include <string_view>

#include "navajo/base/function_ref.h"
#include "navajo/observe/metrics_writer.h"
#include "navajo/observe/status_segment.h"
#include "navajo/observe/traffic.h"

namespace navajo::observe {

// How a number of the table is called: "bytes" in a name goes to its end, where a unit belongs, and "_us" becomes
// seconds. "bytes_in" is in_bytes, "run_queue_delay_max_us" is run_queue_delay_max_seconds.
struct MetricName {
  std::string name;
  std::string_view unit;  // "", "bytes", "seconds"
  double scale = 1;       // from the table's number to the metric's
};
MetricName metric_name(std::string_view name_in_table);

// Without "# EOF".
void write_metrics(MetricsWriter& out, const StatusNumbers& numbers, const Traffic& traffic);

// The whole text.
std::string open_metrics(const StatusSegment& segment, base::FunctionRef<void(MetricsWriter&)> more);
std::string open_metrics(const StatusSegment& segment);

}  // namespace navajo::observe
