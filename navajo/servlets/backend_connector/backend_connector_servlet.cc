#include "navajo/servlets/backend_connector/backend_connector_servlet.h"

#include "navajo/container/shared_services.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/http_connector/forwarded_call.h"
#include "navajo/tls/client_params.h"

namespace navajo::servlets {
namespace backend_connector {
namespace {

using config::ParamSpec;
using config::ParamType;

constexpr char kTlsPrefix[] = "Secure.";

constexpr ParamSpec kOwn[] = {
    {.name = "InetAddress", .type = ParamType::text, .required = true,
     .doc = "The backend as host[:port], [IPv6]:port or unix:/path; the port defaults to 443, with Secure false to 80. "
            "Or made anew for each request from parts SOURCE:name; with the sources CONST, HEADER, ENV, AUTH, SESSION "
            "and PARAM."},
    {.name = "InetAddress.MaxBufferedDynamic", .type = ParamType::integer, .default_value = "100", .minimum = 1,
     .maximum = 1000,
     .doc = "How many dynamic addresses keep their connections; the one unused for longest gives way."},
    {.name = "InetAddress.Allowed", .type = ParamType::text,
     .doc = "Where a dynamic InetAddress may point to, separated by blanks: host[:port], *.name[:port] for every host "
            "below a name, port * for any. Required with a dynamic address: other ones are refused with 403."},
    {.name = "HostName", .type = ParamType::text,
     .doc = "The Host field sent to the backend: a constant or parts SOURCE:name; as above. Empty: InetAddress."},
    {.name = "Secure", .type = ParamType::boolean, .default_value = "true",
     .doc = "TLS to the backend. false: plain HTTP, which anybody on the way can read and change."},
};

}  // namespace

std::span<const ParamSpec> parameter_table() {
  static const std::vector<ParamSpec> table = [] {
    std::vector<ParamSpec> rows(std::begin(kOwn), std::end(kOwn));
    for (const ParamSpec& row : http_connector::parameter_table())
      if (http_connector::is_transport_parameter(row.name)) rows.push_back(row);
    for (const ParamSpec& row : tls::client_param_rows(kTlsPrefix)) rows.push_back(row);
    return rows;
  }();
  return table;
}

std::unique_ptr<Settings> read_settings(const config::Params& params, const std::string& folder) {
  auto settings = std::make_unique<Settings>();
  bool fine = http_connector::read_transport(params, settings->forwarding);
  const auto fault = [&](const char* name, const std::string& text) {
    params.fault(name, text);
    fine = false;
  };
  if (params.boolean("Secure")) {
    settings->forwarding.connector.tls = tls::read_client_context(params, kTlsPrefix, folder);
    if (!settings->forwarding.connector.tls) fine = false;
  } else {
    settings->default_port = http_connector::kDefaultPort;
    if (!tls::refuse_client_params(params, kTlsPrefix, "says nothing while Secure is false")) fine = false;
  }
  settings->max_buffered = static_cast<size_t>(params.integer("InetAddress.MaxBufferedDynamic"));
  auto allowed = AllowedAddresses::parse(params.text("InetAddress.Allowed"), settings->default_port);
  if (allowed.ok())
    settings->allowed = std::move(*allowed);
  else
    fault("InetAddress.Allowed", allowed.error().text);
  const std::string& address = params.text("InetAddress");
  auto value = http_connector::ValueTemplate::parse(address);
  if (!value.ok()) {
    fault("InetAddress", value.error().text);
  } else if (value->dynamic()) {
    settings->dynamic = std::move(*value);
    if (params.text("InetAddress.Allowed").empty())
      fault("InetAddress",
            "is dynamic and needs InetAddress.Allowed, or clients could make this server connect anywhere");
  } else {
    auto parsed = connector::parse_addresses(address, settings->default_port);
    if (!parsed.ok())
      fault("InetAddress", parsed.error().text);
    else if (parsed->size() != 1)
      fault("InetAddress", "names more than one backend; LoadBalancerServlet shares requests between servlets");
    else
      settings->forwarding.addresses = std::move(*parsed);
    if (std::string why = http_connector::nameless_address(settings->forwarding); !why.empty())
      fault("InetAddress", why + kTlsPrefix + "ServerName");
    for (const char* name : {"InetAddress.Allowed", "InetAddress.MaxBufferedDynamic"})
      if (params.has(name)) fault(name, "has an effect with a dynamic InetAddress only");
  }
  return fine ? std::move(settings) : nullptr;
}

}  // namespace backend_connector

using backend_connector::Settings;
using http_connector::ForwardedCall;

BackendConnectorServlet::BackendConnectorServlet(Settings settings, reactor::Resolver& resolver, shm::Arena* arena)
    : settings_(std::move(settings)) {
  const http_connector::Settings& forwarding = settings_.forwarding;
  if (settings_.dynamic.dynamic())
    cache_.emplace(settings_.max_buffered, forwarding.connector, resolver);
  else
    connector_.emplace(forwarding.addresses, forwarding.connector, resolver, arena);
}

api::Outcome BackendConnectorServlet::service(api::Request& request, api::Response& response) {
  if (settings_.dynamic.dynamic()) return forward_dynamic(request, response);
  return ForwardedCall(settings_.forwarding, *connector_, request, response).run();
}

api::Outcome BackendConnectorServlet::forward_dynamic(api::Request& request, api::Response& response) {
  const auto log = [&](const char* what) {
    // Not the address itself: whoever sent it wants it to be read.
    observe::log(observe::id::dynamic_address_refused, "the dynamic InetAddress of request %.*s %s",
                 static_cast<int>(request.id().size()), request.id().data(), what);
  };
  // '|' and blanks would make it several.
  const std::string_view text = http::trim(settings_.dynamic.value(request));
  const auto parsed = connector::parse_addresses(text, settings_.default_port);
  if (!parsed.ok() || parsed->size() != 1) {
    log("is no host:port, answering 502");
    return api::Outcome::refused(502, "no_backend_address");
  }
  if (!settings_.allowed.contains(parsed->front())) {
    log("is not in InetAddress.Allowed, answering 403");
    return api::Outcome::refused(403, "backend_not_allowed");
  }
  const std::shared_ptr<connector::Connector> connector = cache_->get(parsed->front());
  return ForwardedCall(settings_.forwarding, *connector, request, response).run();
}

void BackendConnectorServlet::report(api::StatusWriter& writer) const {
  if (connector_) return connector_->report(writer);
  const auto numbers = cache_->numbers();
  writer.number("addresses_kept", static_cast<double>(numbers.kept));
  writer.number("addresses_retired", static_cast<double>(numbers.retired));
  writer.number("connectors_made", static_cast<double>(numbers.made));
}

std::span<const container::ServletRow> backend_connector_rows() {
  static const std::vector<container::ServletRow> rows{
      {.name = "BackendConnectorServlet",
       .aliases = {"ch::nevis::nevisproxy::servlet::connector::http::BackendConnectorServlet"},
       .params = backend_connector::parameter_table(),
       .doc = "Connects and forwards to one HTTP/1.1 backend, named here or by each request.",
       .make = [](const container::ComponentContext& context,
                  const config::Params& params) -> std::unique_ptr<api::Servlet> {
         std::unique_ptr<Settings> settings = backend_connector::read_settings(params, context.doc_base + "/WEB-INF");
         if (!settings) return nullptr;
         if (!settings->dynamic.dynamic())
           container::make_drainable(context, settings->forwarding.connector.backends);
         return std::make_unique<BackendConnectorServlet>(std::move(*settings), reactor::Resolver::process_wide(),
                                                          context.arena);
       }}};
  return rows;
}

}  // namespace navajo::servlets
