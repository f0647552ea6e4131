// Routing and HealthCheck of navajo.xml. The database itself is read by route::RoutingDb, which reads it again while
// the server runs.
#include <algorithm>

#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

bool is_country(std::string_view text) {
  return text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// "200", "200-299"
bool is_status_range(std::string_view text) {
  const auto is_status = [](std::string_view digits) {
    return digits.size() == 3 && digits[0] >= '1' && digits[0] <= '5' &&
           digits.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return is_status(text);
  return is_status(text.substr(0, dash)) && is_status(text.substr(dash + 1)) &&
         text.substr(0, dash) <= text.substr(dash + 1);
}

HealthCheckElement read_check(const XmlElement* element, const Position& where, const NavajoXmlReading& reading) {
  HealthCheckElement out;
  out.where = where;
  if (!element) return out;
  ElementReader reader = reading.reader("HealthCheck", "Routing", element, where);
  out.where = reader.where();
  out.kind = reader.choice<HealthCheckKind>("type");
  out.path = reader.text("path");
  out.host = reader.text("host");
  out.body = reader.text("body");
  out.status = reader.words("status");
  out.interval = reader.milliseconds("interval");
  out.timeout = reader.milliseconds("timeout");
  out.rise = reader.number<unsigned>("rise");
  out.fall = reader.number<unsigned>("fall");
  for (const std::string& word : *out.status)
    if (!is_status_range(word))
      reader.fault(out.status.where, "status",
                   "'" + printable(word) + "' is neither a status nor a range like 200-299");
  const auto is_plain = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
  };
  if (out.path->empty() || out.path->front() != '/' || !is_plain(*out.path))
    reader.fault(out.path.where, "path", "has to begin with '/' and to have no blank in it");
  if (!is_plain(*out.host)) reader.fault(out.host.where, "host", "is not a host name");
  return out;
}

RoutingElement read_routing(const XmlElement& element, const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("Routing", "Service", &element, element.where);
  RoutingElement out;
  out.where = element.where;
  out.name = reader.text("name");
  out.database = reading.absolute(reader.text("database"));
  out.backends = reader.words("backends");
  out.poll = reader.milliseconds("poll");
  out.geo_database = reading.absolute(reader.text("geoDatabase"));
  out.ca_certificate = reading.absolute(reader.text("caCertificate"));
  out.region = reader.text("region");
  out.region.value = lower_case(*out.region);
  out.zone = reader.text("zone");
  out.country = reader.text("country");
  out.policy = reader.choice<RoutingPolicy>("policy");
  out.binding = reader.choice<RoutingBinding>("binding");
  const Attribute<int64_t> ttl = reader.number<int64_t>("bindingTimeout");
  out.binding_ttl = {std::chrono::seconds(*ttl), ttl.where, ttl.given};
  out.max_bindings = reader.number<uint64_t>("maxBindings");
  out.ipv6_prefix = reader.number<unsigned>("ipv6Prefix");
  out.queue = reader.number<uint64_t>("queue");
  out.queue_timeout = reader.milliseconds("queueTimeout");
  out.retry_percent = reader.number<unsigned>("retryBudget");
  out.slow_start = reader.milliseconds("slowStart");
  out.max_failures = reader.number<unsigned>("maxFailures");
  out.failure_percent = reader.number<unsigned>("failurePercent");
  out.eject_time = reader.milliseconds("ejectTime");
  out.max_ejected_percent = reader.number<unsigned>("maxEjectedPercent");
  out.check = read_check(element.child("HealthCheck"), element.where, reading);
  if (!is_element_name(*out.name))
    reader.fault(out.name.where, "name", "'" + printable(*out.name) + "' is not a name of letters, digits, '.', '-' "
                                         "and '_', 64 at most");
  if (out.database.given == out.backends.given)
    reader.fault(element.where, "database", out.database.given ? "and backends exclude each other"
                                                              : "is needed, or backends");
  for (const std::string& word : *out.backends)
    if (!is_address_and_port(word) || word.front() == '*')
      reader.fault(out.backends.where, "backends", "'" + printable(word) + "' is not host:port");
  if (out.country.given && !is_country(*out.country))
    reader.fault(out.country.where, "country", "'" + printable(*out.country) + "' is not two capital letters");
  return out;
}

}  // namespace

bool is_element_name(std::string_view name) {
  constexpr size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

std::vector<RoutingElement> read_routings(const XmlElement& service, const NavajoXmlReading& reading) {
  std::vector<RoutingElement> out;
  for (const XmlElement& child : service.children) {
    if (child.name != "Routing") continue;
    RoutingElement one = read_routing(child, reading);
    const auto same = [&](const RoutingElement& other) { return *other.name == *one.name; };
    if (std::any_of(out.begin(), out.end(), same))
      reading.diagnostics.fault(one.name.where, observe::id::config_duplicate,
                                "another Routing has the name '" + printable(*one.name) + "'");
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace navajo::config
