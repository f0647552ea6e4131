#include "navajo/api/metrics_page.h"

#include "navajo/api/component_metrics.h"
#include "navajo/api/status_source.h"
#include "navajo/observe/metrics_text.h"
#include "navajo/observe/open_metrics.h"

namespace navajo::api {

std::string open_metrics_page() {
  ComponentTree components;
  if (const StatusSource* source = status_source()) source->report(components);
  if (const observe::StatusSegment* segment = observe::process_segment())
    return observe::open_metrics(*segment, [&components](observe::MetricsWriter& out) {
      write_component_metrics(out, components.root());
    });
  observe::MetricsText out;
  write_component_metrics(out, components.root());
  return out.finish();
}

}  // namespace navajo::api
