// What components report of themselves (ComponentTree) as OpenMetrics families. A table says which of their numbers
// become metrics, under which name and with which labels: those that all children know together (shared memory), since
// the next scrape may be answered by another child. What belongs to one child alone is summed in the status segment.
#pragma once

#include <span>
#include <string_view>

#include "navajo/api/component_tree.h"
#include "navajo/observe/metrics_writer.h"

namespace navajo::api {

// "backend app1:80" is a part of kind "backend" with the name "app1:80".
struct ComponentMetricRow {
  const char* part;    // kind of the part that reports it
  const char* value;   // its name there
  const char* family;  // without "navajo_"
  observe::MetricType type;
  const char* unit;    // "" or the family's end
  const char* labels;  // "host context servlet backend": kinds of the parts on the way; "store=servlet" renames one
  const char* help;
  const char* is = "";  // of a text: 1 where it is this, else 0
};
std::span<const ComponentMetricRow> component_metric_table();

// One family after the other, in the table's order; those nobody reports are left out. The same labels twice (a session
// store that several hosts declare) come once.
void write_component_metrics(observe::MetricsWriter& out, const ComponentNode& root);

}  // namespace navajo::api
