#include "navajo/servlets/edge_connector/edge_connector_servlet.h"

#include "navajo/config/text.h"
#include "navajo/container/shared_services.h"
#include "navajo/http/set_cookie.h"
#include "navajo/http/syntax.h"
#include "navajo/servlets/edge_connector/routed_call.h"
#include "navajo/tls/client_params.h"

namespace navajo::servlets {
namespace edge_connector {
namespace {

using config::ParamSpec;
using config::ParamType;

constexpr char kPrefix[] = "SSL";

constexpr ParamSpec kOwn[] = {
    {.name = "Routing", .required = true, .doc = "Name of the Routing of navajo.xml that chooses the backend."},
    {.name = "App", .default_value = "default",
     .doc = "The app of its table: a constant or parts SOURCE:name; with the sources CONST, HEADER, ENV, AUTH, SESSION "
            "and PARAM."},
    {.name = "Key",
     .doc = "Who the client is to a Routing with binding=\"key\" or policy=\"hash\": parts SOURCE:name; as in App. "
            "Unset or empty, its address."},
    {.name = "Key.Cookie",
     .doc = "The same by a cookie of the client's; where there is none, by Key."},
    {.name = "Attempts", .type = ParamType::integer, .default_value = "3", .minimum = 1, .maximum = 8,
     .doc = "How many backends a request may be offered to. A second one only when nothing of it was sent, or its "
            "method is idempotent and not a byte of a response came."},
    {.name = "ReplayLimit", .type = ParamType::bytes, .default_value = "64K", .minimum = 0, .maximum = 16777216,
     .doc = "Bytes of a body that are kept, so that it can be sent again; memory of each request with a body."},
    {.name = "Replay.Field",
     .doc = "A field of responses by which a backend asks that the request be sent elsewhere: \"elsewhere\", another "
            "backend of the app; \"app=NAME\", one of another app. Such a response does not reach the client. Unset: "
            "no backend may."},
    {.name = "Replay.Max", .type = ParamType::integer, .default_value = "3", .minimum = 1, .maximum = 7,
     .doc = "How often for one request."},
    {.name = "MaxDestinations", .type = ParamType::integer, .default_value = "1000", .minimum = 1, .maximum = 100000,
     .doc = "How many backends keep their connections; the one unused for longest gives way."},
    {.name = "HostName",
     .doc = "The Host field sent to the backend: a constant or parts SOURCE:name; as in App. Empty: its own address."},
};

// The table says these for each backend.
bool is_of_the_table(std::string_view name) {
  return name == "SSLServerName" || name == "SourceAddress" || name == "RetryBudget";
}

std::vector<ParamSpec> make_table() {
  std::vector<ParamSpec> rows(std::begin(kOwn), std::end(kOwn));
  for (const ParamSpec& row : http_connector::parameter_table())
    if (http_connector::is_transport_parameter(row.name) && !is_of_the_table(row.name)) rows.push_back(row);
  for (const ParamSpec& row : tls::client_param_rows(kPrefix))
    if (!is_of_the_table(row.name)) rows.push_back(row);
  return rows;
}

bool read_template(const config::Params& params, const char* name, http_connector::ValueTemplate& into) {
  auto parsed = http_connector::ValueTemplate::parse(params.text(name));
  if (parsed.ok()) {
    into = std::move(*parsed);
    return true;
  }
  params.fault(name, parsed.error().text);
  return false;
}

std::shared_ptr<route::Router> find_router(const container::ComponentContext& context, const config::Params& params) {
  const std::string& name = params.text("Routing");
  std::vector<std::string_view> names;
  if (context.services) {
    const auto& routers = context.services->routers;
    if (const auto found = routers.find(name); found != routers.end()) return found->second;
    for (const auto& [other, router] : routers) names.push_back(other);
  }
  params.fault("Routing", "there is no Routing '" + config::printable(name) + "'" + config::did_you_mean(name, names));
  return nullptr;
}

std::unique_ptr<api::Servlet> make(const container::ComponentContext& context, const config::Params& params) {
  Settings settings;
  bool fine = http_connector::read_transport(params, settings.forwarding);
  settings.tls = tls::read_client_context(params, kPrefix, context.doc_base + "/WEB-INF");
  settings.router = find_router(context, params);
  fine = read_template(params, "App", settings.app) && fine;
  fine = read_template(params, "Key", settings.key) && fine;
  settings.key_cookie = params.text("Key.Cookie");
  if (!settings.key_cookie.empty() && !http::is_cookie_name(settings.key_cookie)) {
    params.fault("Key.Cookie", "'" + config::printable(settings.key_cookie) + "' is not the name of a cookie");
    fine = false;
  }
  settings.attempts = static_cast<size_t>(params.integer("Attempts"));
  settings.replay_limit = params.bytes("ReplayLimit");
  settings.replay_field = params.text("Replay.Field");
  settings.max_replays = static_cast<size_t>(params.integer("Replay.Max"));
  if (!settings.replay_field.empty() && !http::is_token(settings.replay_field)) {
    params.fault("Replay.Field", "'" + config::printable(settings.replay_field) + "' is not the name of a field");
    fine = false;
  }
  settings.max_destinations = static_cast<size_t>(params.integer("MaxDestinations"));
  settings.forwarding.status_codes = context.status_codes;
  if (!fine || !settings.tls || !settings.router) return nullptr;
  return std::make_unique<EdgeConnectorServlet>(std::move(settings));
}

}  // namespace

std::span<const ParamSpec> parameter_table() {
  static const std::vector<ParamSpec> table = make_table();
  return table;
}

}  // namespace edge_connector

EdgeConnectorServlet::EdgeConnectorServlet(edge_connector::Settings settings, reactor::Resolver& resolver)
    : settings_(std::move(settings)),
      cache_(settings_.max_destinations, settings_.forwarding.connector, resolver) {}

api::Outcome EdgeConnectorServlet::service(api::Request& request, api::Response& response) {
  return edge_connector::RoutedCall(settings_, cache_, request, response).run();
}

void EdgeConnectorServlet::report(api::StatusWriter& writer) const {
  writer.text("routing", settings_.router->options().name);
  const auto numbers = cache_.numbers();
  writer.number("backends_kept", static_cast<double>(numbers.kept));
  writer.number("backends_retired", static_cast<double>(numbers.retired));
  writer.number("connectors_made", static_cast<double>(numbers.made));
}

std::span<const container::ServletRow> edge_connector_rows() {
  static const std::vector<container::ServletRow> rows{
      {.name = "EdgeConnectorServlet",
       .aliases = {},
       .params = edge_connector::parameter_table(),
       .doc = "Forwards to the HTTP/1.1 backend that a Routing chooses by place, load and binding.",
       .make = edge_connector::make}};
  return rows;
}

}  // namespace navajo::servlets
