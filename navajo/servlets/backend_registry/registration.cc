#include "navajo/servlets/backend_registry/registration.h"

#include <algorithm>
#include <optional>

#include "navajo/config/text.h"
#include "navajo/route/backend_columns.h"
#include "navajo/limits/flat_json.h"

namespace navajo::servlets {
namespace {

using base::Failed;

// Not: whether it counts, how long, how it is checked, and how this server reaches it.
constexpr std::string_view kFields[] = {"id",         "app",        "region",   "country", "ip",  "wg_ip",
                                        "port",       "weight",     "soft_limit", "hard_limit", "zone",
                                        "priority",   "tls",        "sni",      "proxy_protocol"};
constexpr std::string_view kNeeded[] = {"id", "app", "region", "ip", "port"};

bool is_number(const route::BackendColumn& column) {
  return std::string_view(column.declared).starts_with("INTEGER");
}

std::optional<std::string> wrong_kind(const limits::JsonField& field, const route::BackendColumn& column) {
  const bool is_flag = std::string_view(column.name) == "tls";
  using Kind = limits::JsonField::Kind;
  const bool fits = is_flag             ? field.kind == Kind::boolean || field.kind == Kind::number
                    : is_number(column) ? field.kind == Kind::number
                                        : field.kind == Kind::text;
  if (fits) return std::nullopt;
  return std::string(is_flag ? "is neither true nor false" : is_number(column) ? "is no number" : "is no text");
}

}  // namespace

base::Result<route::BackendRow, RegistrationFault> read_registration(std::string_view body,
                                                                     const RegistrationRules& rules) {
  const auto fault = [](std::string field, std::string text, bool forbidden = false) {
    return Failed{RegistrationFault{std::move(field), std::move(text), forbidden}};
  };
  const auto fields = limits::read_flat_json(body);
  if (!fields.ok()) return fault(fields.error().field, fields.error().text);
  route::BackendRow row;
  // edgeProxy's.
  row.weight = 2;
  row.soft_limit = 100;
  row.hard_limit = 150;
  std::vector<std::string_view> given;
  for (const limits::JsonField& field : *fields) {
    if (std::find(std::begin(kFields), std::end(kFields), field.name) == std::end(kFields))
      return fault(config::printable(field.name), "is no field of a registration");
    if (field.kind == limits::JsonField::Kind::null) continue;
    const route::BackendColumn& column = *route::find_column(field.name);
    if (const auto wrong = wrong_kind(field, column)) return fault(field.name, *wrong);
    if (const std::string wrong = column.take(row, field.value); !wrong.empty())
      return fault(field.name, "'" + config::printable(field.value) + "' " + wrong);
    const std::string_view name = field.name == "wg_ip" ? std::string_view("ip") : std::string_view(field.name);
    if (std::find(given.begin(), given.end(), name) != given.end()) return fault(field.name, "stands there twice");
    given.push_back(name);
  }
  for (const std::string_view name : kNeeded)
    if (std::find(given.begin(), given.end(), name) == given.end()) return fault(std::string(name), "is missing");
  if (route::has_name(row)) return fault("ip", "'" + config::printable(row.host) + "' is no IPv4 or IPv6 address");
  for (const route::ColumnFault& one : route::row_faults(row))
    return fault(one.column == "wg_ip" ? "ip" : one.column, one.text);
  const auto has = [&](const config::Network& network) { return network.contains(row.host); };
  if (std::none_of(rules.addresses.begin(), rules.addresses.end(), has))
    return fault("ip", row.host + " is not within AllowedAddresses", true);
  if (!rules.apps.empty() && std::find(rules.apps.begin(), rules.apps.end(), row.app) == rules.apps.end())
    return fault("app", "'" + config::printable(row.app) + "' is none of AllowedApps", true);
  return row;
}

}  // namespace navajo::servlets
