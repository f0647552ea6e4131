// All metrics of this server as OpenMetrics text (observe::kOpenMetricsType): of the status segment and of what
// components report. For whoever answers a scrape: StatusServlet, the admin listener. In a child; any thread or fiber.
#pragma once

#include <string>

namespace navajo::api {

std::string open_metrics_page();

}  // namespace navajo::api
