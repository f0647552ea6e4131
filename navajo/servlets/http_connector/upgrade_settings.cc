#include "navajo/servlets/http_connector/upgrade_settings.h"

#include "navajo/config/text.h"
#include "navajo/http/syntax.h"

namespace navajo::servlets::http_connector {
namespace {

using config::ParamSpec;
using config::ParamType;

constexpr int64_t kYear = 31536000000, kWeek = 604800000;

constexpr ParamSpec kTable[] = {
    {.name = "Upgrade", .type = ParamType::text,
     .doc = "Protocols that requests of HTTP/1.1 may change to with the Upgrade field, separated by blanks: websocket. "
            "The connection is a tunnel once the backend has answered 101. Empty: none, Upgrade ends here."},
    {.name = "Upgrade.Origins", .type = ParamType::text, .default_value = "own",
     .doc = "Origins whose pages may open WebSockets, GLOBs such as https://*.example.org, separated by blanks; own: "
            "the host the request is for; any: all. Others get 403. A request without Origin is not a browser's and "
            "passes."},
    {.name = "Upgrade.IdleTimeout", .type = ParamType::milliseconds, .default_value = "10m", .minimum = 1,
     .maximum = kYear, .choices = "off", .doc = "A tunnel without a byte in either direction ends."},
    {.name = "Upgrade.HalfClosedTimeout", .type = ParamType::milliseconds, .default_value = "60s", .minimum = 1,
     .maximum = kWeek, .doc = "The same once one of its ends has finished sending."},
    {.name = "Upgrade.WriteTimeout", .type = ParamType::milliseconds, .default_value = "60s", .minimum = 1,
     .maximum = kWeek, .doc = "An end that takes nothing for so long, although there is something for it."},
    {.name = "Upgrade.MaxAge", .type = ParamType::milliseconds, .default_value = "off", .minimum = 1000,
     .maximum = kYear, .choices = "off", .doc = "A tunnel ends at this age, whatever it does."},
    {.name = "Upgrade.HalfClose", .type = ParamType::boolean, .default_value = "true",
     .doc = "false: when one end has finished sending, the tunnel ends."},
    {.name = "Upgrade.MaxTunnels", .type = ParamType::integer, .default_value = "10000", .minimum = 1,
     .maximum = 1000000, .doc = "Tunnels of this servlet in one child process; one more is answered with 503. They do "
                                "not count towards MaxConnections."},
    {.name = "Upgrade.MaxTunnelsPerClient", .type = ParamType::integer, .default_value = "256", .minimum = 1,
     .maximum = 1000000, .doc = "The same for one client's address."},
    {.name = "UpdateSessionInterval", .type = ParamType::seconds, .default_value = "30", .minimum = 0, .maximum = 86400,
     .choices = "off",
     .doc = "How often a tunnel looks for the session of its request: traffic keeps the session alive, and when it has "
            "ended the tunnel ends. off: neither."},
};

base::Duration or_never(std::chrono::milliseconds given) {
  return given.count() > 0 ? base::Duration(given) : base::Duration::max();
}

}  // namespace

std::span<const ParamSpec> upgrade_param_rows() { return kTable; }

bool is_upgrade_parameter(std::string_view name) {
  for (const ParamSpec& row : kTable)
    if (name == row.name) return true;
  return false;
}

bool read_upgrade(const config::Params& params, UpgradeSettings& into) {
  bool fine = true;
  const auto fault = [&](const char* name, const std::string& text) {
    params.fault(name, text);
    fine = false;
  };
  for (const std::string_view word : config::split_words(params.text("Upgrade"))) {
    const std::string name = config::lower_case(word);
    // HTTP/2 over the backend's connection, or TLS within it, is nothing a tunnel may hide.
    if (!http::is_token(name) || name == "h2c" || name == "http" || name == "tls")
      fault("Upgrade", "'" + config::printable(word) + "' is no protocol a connection can be handed to");
    into.protocols.push_back(name);
  }
  for (const std::string_view word : config::split_words(params.text("Upgrade.Origins"))) {
    if (word == "any" || word == "own") {
      (word == "any" ? into.any_origin : into.own_origin) = true;
      continue;
    }
    auto pattern = config::Pattern::parse(config::lower_case(word), {config::PatternType::glob, {}});
    if (word.find("://") == std::string_view::npos)
      fault("Upgrade.Origins", "'" + config::printable(word) + "' is no origin, which is scheme://host[:port]");
    else if (pattern.ok())
      into.origins.push_back(std::move(*pattern));
    else
      fault("Upgrade.Origins", pattern.error().text);
  }
  if (into.protocols.empty())
    for (const ParamSpec& row : kTable)
      if (row.name != std::string_view("Upgrade") && params.has(row.name))
        fault(row.name, "says nothing without Upgrade");
  into.limits.idle = or_never(params.milliseconds("Upgrade.IdleTimeout"));
  into.limits.half_closed = params.milliseconds("Upgrade.HalfClosedTimeout");
  into.limits.write = params.milliseconds("Upgrade.WriteTimeout");
  into.limits.age = or_never(params.milliseconds("Upgrade.MaxAge"));
  into.limits.half_close = params.boolean("Upgrade.HalfClose");
  into.session_interval = params.seconds("UpdateSessionInterval");
  into.slots = std::make_shared<tunnel::TunnelSlots>(
      static_cast<size_t>(params.integer("Upgrade.MaxTunnels")),
      static_cast<size_t>(params.integer("Upgrade.MaxTunnelsPerClient")));
  return fine;
}

}  // namespace navajo::servlets::http_connector
