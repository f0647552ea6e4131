#include <cstdio>
#include <ctime>

#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/store_status.h"
#include "navajo/observe/open_metrics.h"
#include "navajo/observe/status_report.h"
#include "navajo/observe/traffic.h"

namespace navajo::cli {

int status_command(const Arguments& arguments) {
  const auto instance = find_instance(arguments);
  if (!instance) {
    complain(instance.error().text);
    return kNotRunning;
  }
  if (!instance->running()) {
    complain("not running (run directory " + instance->run_directory + ")");
    return kNotRunning;
  }
  const auto segment = observe::StatusSegment::attach(instance->status_file());
  if (!segment) return complain(segment.error().text);
  const observe::StatusNumbers numbers = segment->read();
  const auto stores = ask_for_stores(*instance);
  if (arguments.has("--openmetrics")) {
    const auto more = [&](observe::MetricsWriter& out) { write_store_metrics(out, stores); };
    fputs(observe::open_metrics(*segment, more).c_str(), stdout);
    return kOk;
  }
  const int64_t now = time(nullptr);
  if (!arguments.has("--json")) {
    fputs(observe::status_text(numbers, now, stores_text(stores)).c_str(), stdout);
    return kOk;
  }
  observe::JsonWriter json;
  json.begin_object().key("now").integer(now);
  observe::write_status(json, numbers, now);
  write_stores(json, stores);
  json.key("traffic");
  observe::write_traffic(json, observe::read_traffic(segment->traffic()));
  json.end_object();
  printf("%s\n", json.str().c_str());
  return kOk;
}

}  // namespace navajo::cli
