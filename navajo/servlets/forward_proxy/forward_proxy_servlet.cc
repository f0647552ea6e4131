#include "navajo/servlets/forward_proxy/forward_proxy_servlet.h"

#include <filesystem>

#include "navajo/api/explanation.h"
#include "navajo/config/text.h"
#include "navajo/forward/forward_proxy.h"
#include "navajo/servlets/http_connector/forwarded_call.h"
#include "navajo/tls/client_params.h"

namespace navajo::servlets {
namespace forward_proxy {
namespace {

using config::ParamSpec;
using config::ParamType;

constexpr char kPrefix[] = "SSL";

constexpr ParamSpec kOwn[] = {
    {.name = "MaxDestinations", .type = ParamType::integer, .default_value = "1000", .minimum = 1, .maximum = 100000,
     .doc = "How many destinations keep their connections; the one unused for longest gives way."},
    {.name = "KeepAlive.MaxIdleTotal", .type = ParamType::integer, .default_value = "2000", .minimum = 1,
     .maximum = 1000000, .doc = "Idle connections kept per child process, to all destinations together."},
    {.name = "SSLCustomCAs",
     .doc = "Lines of a GLOB of host names and a PEM file: \"*.intern.example certs/intern.pem\". Destinations it fits "
            "are vouched for by those certificates, and by nobody else; the first line that fits counts."},
};

// What a browser's proxy does otherwise than an application's.
struct Other {
  const char* name;
  const char* default_value;
};
constexpr Other kOther[] = {{"KeepAlive.MaxIdle", "10"}, {"KeepAlive.IdleTimeout", "30s"}, {"XForwardedFor", "off"},
                            {"XForwardedProto", "off"},  {"XForwardedHost", "off"},         {"MaxConnections", "1000"}};

bool is_for_one_backend(std::string_view name) { return name == "SSLServerName"; }

std::vector<ParamSpec> make_table() {
  std::vector<ParamSpec> rows(std::begin(kOwn), std::end(kOwn));
  for (ParamSpec row : http_connector::parameter_table()) {
    if (!http_connector::is_transport_parameter(row.name)) continue;
    for (const Other& other : kOther)
      if (row.name == std::string_view(other.name)) row.default_value = other.default_value;
    rows.push_back(row);
  }
  for (const ParamSpec& row : tls::client_param_rows(kPrefix))
    if (!is_for_one_backend(row.name)) rows.push_back(row);
  return rows;
}

bool read_custom_cas(const config::Params& params, const std::string& folder, Settings& into) {
  bool fine = true;
  const auto fault = [&](const config::ParamLine& line, const std::string& text) {
    params.fault(line.where, params.owner() + ": SSLCustomCAs: " + text);
    fine = false;
  };
  for (const config::ParamLine& line : params.positioned_lines("SSLCustomCAs")) {
    const auto words = config::split_words(line.text);
    if (words.size() != 2) {
      fault(line, "'" + config::printable(line.text) + "' is not a pattern and a file");
      continue;
    }
    auto hosts = config::Pattern::parse(config::lower_case(words[0]), {config::PatternType::glob, {}});
    if (!hosts.ok()) {
      fault(line, hosts.error().text);
      continue;
    }
    tls::ClientOptions options = into.tls->options();
    options.ca_file = (std::filesystem::path(folder) / words[1]).lexically_normal().string();
    auto made = tls::ClientContext::make(std::move(options));
    if (!made.ok()) {
      fault(line, made.error().text);
      continue;
    }
    into.custom_cas.push_back({std::move(*hosts), std::move(*made)});
  }
  return fine;
}

}  // namespace

std::span<const ParamSpec> parameter_table() {
  static const std::vector<ParamSpec> table = make_table();
  return table;
}

const std::shared_ptr<tls::ClientContext>& Settings::tls_for(std::string_view name) const {
  for (const CustomCa& one : custom_cas)
    if (one.hosts.search(name) == config::SearchResult::found) return one.tls;
  return tls;
}

std::unique_ptr<Settings> read_settings(const config::Params& params, const std::string& folder) {
  auto settings = std::make_unique<Settings>();
  const bool fine = http_connector::read_transport(params, settings->forwarding);
  settings->tls = tls::read_client_context(params, kPrefix, folder);
  if (settings->tls) {
    tls::ClientOptions options = settings->tls->options();
    options.verify_peer = options.check_name = false;
    options.ca_file.clear();
    options.stapling = tls::Stapling::off;
    if (auto made = tls::ClientContext::make(std::move(options)); made.ok()) settings->unverified = std::move(*made);
  }
  settings->max_destinations = static_cast<size_t>(params.integer("MaxDestinations"));
  settings->forwarding.connector.pool.budget =
      std::make_shared<connector::IdleBudget>(static_cast<size_t>(params.integer("KeepAlive.MaxIdleTotal")));
  // What comes from the Internet points where it points.
  settings->forwarding.rewrite_location = false;
  if (!fine || !settings->tls || !settings->unverified || !read_custom_cas(params, folder, *settings)) return nullptr;
  return settings;
}

}  // namespace forward_proxy

using forward_proxy::Settings;
using http_connector::ForwardedCall;

namespace {

const char* what_happened(connector::Cause cause) {
  using connector::Cause;
  switch (cause) {
    case Cause::certificate_refused: return "This proxy cannot vouch for the certificate of ";
    case Cause::tls_failed: return "This proxy cannot speak TLS with ";
    case Cause::destination_refused: return "This proxy must not connect to ";
    case Cause::resolve_failed: return "This proxy cannot find the address of ";
    case Cause::connect_refused:
    case Cause::connect_failed:
    case Cause::connect_timeout: return "This proxy cannot connect to ";
    default: return nullptr;
  }
}

// Whoever uses a proxy may know why it cannot help: it is not our own site that is spoken of.
void explain(const connector::Failure& failure, const std::string& destination, api::Request& request) {
  const char* start = what_happened(failure.cause);
  if (!start) return;
  const std::string sentence = start + destination + ": " + failure.why() + ".";
  request.set_attribute(api::kExplanationAttribute, sentence);
}

}  // namespace

ForwardProxyServlet::ForwardProxyServlet(Settings settings, reactor::Resolver& resolver)
    : settings_(std::move(settings)),
      cache_(settings_.max_destinations, settings_.forwarding.connector, resolver) {}

api::Outcome ForwardProxyServlet::service(api::Request& request, api::Response& response) {
  const api::ForwardTarget* target = request.forward_target();
  if (!target) return api::Outcome::refused(404, "no_proxy_request");
  const forward::ForwardProxy& proxy = *target->proxy;
  connector::BackendAddress address;
  address.host = target->host;
  address.port = target->port;
  address.name = target->name;
  const forward::Target where{address.host, target->port, false}, said{std::string(target->name), target->port, false};
  address.text = where.text();
  const bool usual_port = target->port == (target->secure ? 443 : 80);
  address.host_field = usual_port ? said.text().substr(0, said.text().rfind(':')) : said.text();
  // Connections are shared by nobody who could not have opened them: other proxy, other rules.
  const char* kind = !target->secure ? "http " : target->untrusted ? "untrusted " : "https ";
  const std::string key = kind + address.text + " " + address.name + " " + *proxy.settings().name + " " +
                          proxy.settings().address();
  const auto shared = cache_.get(key, address, [&](connector::ConnectorOptions& options) {
    options.guard = proxy.guard();
    options.hop = proxy.hop();
    if (target->secure) options.tls = target->untrusted ? settings_.unverified : settings_.tls_for(target->name);
  });
  ForwardedCall call(settings_.forwarding, *shared, request, response);
  // The whole Internet by name would fill the tables of metrics.
  call.name_backend("(any)");
  const api::Outcome outcome = call.run();
  if (!outcome.is_answered()) explain(call.failure(), said.text(), request);
  return outcome;
}

void ForwardProxyServlet::report(api::StatusWriter& writer) const {
  const auto numbers = cache_.numbers();
  writer.number("destinations_kept", static_cast<double>(numbers.kept));
  writer.number("destinations_retired", static_cast<double>(numbers.retired));
  writer.number("connectors_made", static_cast<double>(numbers.made));
  writer.number("connections_idle", static_cast<double>(settings_.forwarding.connector.pool.budget->used()));
  const tls::SessionCache::Numbers sessions = settings_.tls->sessions();
  writer.number("tls_sessions", static_cast<double>(sessions.kept));
  writer.number("tls_sessions_evicted", static_cast<double>(sessions.evicted));
}

std::span<const container::ServletRow> forward_proxy_rows() {
  static const std::vector<container::ServletRow> rows{
      {.name = "ForwardProxyServlet",
       .aliases = {},
       .params = forward_proxy::parameter_table(),
       .doc = "Sends on what clients of a ForwardProxy ask for, to the destination they name.",
       .make = [](const container::ComponentContext& context,
                  const config::Params& params) -> std::unique_ptr<api::Servlet> {
         std::unique_ptr<Settings> settings = forward_proxy::read_settings(params, context.doc_base + "/WEB-INF");
         if (!settings) return nullptr;
         settings->forwarding.status_codes = context.status_codes;
         return std::make_unique<ForwardProxyServlet>(std::move(*settings));
       }}};
  return rows;
}

}  // namespace navajo::servlets
