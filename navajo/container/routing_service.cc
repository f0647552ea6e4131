#include "navajo/container/routing_service.h"

#include "navajo/config/text.h"
#include "navajo/route/backend_columns.h"
#include "navajo/route/table_source.h"

namespace navajo::container {
namespace {

route::RouterOptions options_of(const config::RoutingElement& element) {
  route::RouterOptions out;
  out.name = *element.name;
  out.policy = static_cast<route::Policy>(*element.policy);
  out.region = *element.region;
  out.zone = *element.zone;
  out.country = *element.country;
  out.geo_database = *element.geo_database;
  out.binding = static_cast<route::Binding>(*element.binding);
  out.binding_ttl = *element.binding_ttl;
  out.max_bindings = static_cast<uint32_t>(*element.max_bindings);
  out.ipv6_prefix = *element.ipv6_prefix;
  out.queue = static_cast<uint32_t>(*element.queue);
  out.queue_timeout = *element.queue_timeout;
  out.retry_percent = *element.retry_percent;
  out.slow_start = *element.slow_start;
  out.max_failures = *element.max_failures;
  out.failure_percent = *element.failure_percent;
  out.eject_time = *element.eject_time;
  out.max_ejected_percent = *element.max_ejected_percent;
  out.ca_certificate = *element.ca_certificate;
  out.poll = *element.poll;
  return out;
}

// Without the element, of rows that have a check of their own: the defaults.
route::CheckOptions check_of(const config::HealthCheckElement& element) {
  route::CheckOptions out;
  out.kind = static_cast<route::CheckKind>(*element.kind);
  if (element.interval->count() == 0) return out;
  out.path = *element.path;
  out.host = *element.host;
  out.body = *element.body;
  out.statuses.clear();
  for (const std::string& word : *element.status)
    if (const auto range = route::parse_status_range(word)) out.statuses.push_back(*range);
  out.interval = *element.interval;
  out.timeout = *element.timeout;
  out.rise = *element.rise;
  out.fall = *element.fall;
  return out;
}

// What `backends` says.
std::vector<route::BackendRow> rows_of(const config::RoutingElement& element, config::Diagnostics& diagnostics) {
  std::vector<route::BackendRow> out;
  for (const std::string& word : *element.backends)
    if (auto row = route::row_of_address(word); row.ok())
      out.push_back(std::move(*row));
    else
      diagnostics.fault(element.backends.where, observe::id::config_bad_value,
                        "Routing backends: " + row.error().text);
  return out;
}

}  // namespace

std::map<std::string, std::shared_ptr<route::Router>, std::less<>> make_routers(
    const std::vector<config::RoutingElement>& elements, config::Diagnostics& diagnostics) {
  std::map<std::string, std::shared_ptr<route::Router>, std::less<>> out;
  for (const config::RoutingElement& element : elements) {
    std::shared_ptr<route::TableSource> tables =
        element.database.given
            ? route::watch_database({*element.name, *element.database, *element.poll}, element.database.where,
                                    diagnostics)
            : route::fixed_table(rows_of(element, diagnostics));
    if (!tables) continue;
    auto opened = route::open_router(options_of(element), std::move(tables));
    if (opened.ok())
      out.emplace(*element.name, std::move(*opened));
    else
      diagnostics.fault(element.where, observe::id::config_component_failed,
                        "Routing '" + config::printable(*element.name) + "': " + opened.error().text);
  }
  return out;
}

std::vector<std::shared_ptr<route::HealthChecker>> make_health_checkers(
    const std::vector<config::RoutingElement>& elements,
    const std::map<std::string, std::shared_ptr<route::Router>, std::less<>>& routers,
    config::Diagnostics& diagnostics) {
  std::vector<std::shared_ptr<route::HealthChecker>> out;
  for (const config::RoutingElement& element : elements) {
    const auto router = routers.find(*element.name);
    if (router == routers.end()) continue;
    auto made = route::HealthChecker::make(router->second, check_of(element.check));
    if (made.ok())
      out.push_back(std::move(*made));
    else
      diagnostics.fault(element.check.where, observe::id::config_component_failed,
                        "Routing '" + config::printable(*element.name) + "': " + made.error().text);
  }
  return out;
}

}  // namespace navajo::container
