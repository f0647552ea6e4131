#include "navajo/servlets/websocket/websocket_servlet.h"

#include <string_view>
#include <vector>

#include "navajo/servlets/http_connector/http_connector_servlet.h"
#include "navajo/tls/client_params.h"

namespace navajo::servlets {
namespace websocket {
namespace {

using config::ParamSpec;
using config::ParamType;

constexpr char kPrefix[] = "SSL";

constexpr ParamSpec kOwn[] = {
    {.name = "SSL", .type = ParamType::choice, .default_value = "auto", .choices = "auto,on,off",
     .doc = "TLS to the backends. auto: where one of the servlet's parameters that begin with SSL is set."},
    {.name = "ProActive", .doc = "Has no effect.",
     .deprecated = "frames are passed on as they come, and nothing asks for them; remove it"},
};

const std::vector<ParamSpec>& rows_of_tls() {
  static const std::vector<ParamSpec> rows = [] {
    const auto made = tls::client_param_rows(kPrefix);
    return std::vector<ParamSpec>(made.begin(), made.end());
  }();
  return rows;
}

// A parameter of TLS in web.xml; what bc.properties has for all servlets of the class says nothing about this one.
const char* parameter_of_tls(const config::Params& params) {
  for (const ParamSpec& row : rows_of_tls())
    if (params.has(row.name) && params.where(row.name).file == params.where("InetAddress").file) return row.name;
  return nullptr;
}

}  // namespace

std::span<const ParamSpec> parameter_table() {
  static const std::vector<ParamSpec> table = [] {
    const auto inherited = http_connector::parameter_table();
    std::vector<ParamSpec> rows(inherited.begin(), inherited.end());
    for (ParamSpec& row : rows) {
      if (row.name == std::string_view("Upgrade")) row.default_value = "websocket";
      if (row.name == std::string_view("InetAddress"))
        row.doc = "Backends as host:port, separated by blanks, in order of preference: the first usable one gets the "
                  "requests, the others stand by. ' | ' starts the next group. Also [IPv6]:port and unix:/path; the "
                  "port defaults to 80, with TLS to 443.";
    }
    rows.insert(rows.end(), std::begin(kOwn), std::end(kOwn));
    for (const ParamSpec& row : rows_of_tls()) rows.push_back(row);
    return rows;
  }();
  return table;
}

std::unique_ptr<http_connector::Settings> read_settings(const std::string& servlet, const config::Params& params,
                                                        const std::string& folder) {
  const char* const given = parameter_of_tls(params);
  const bool off = params.text("SSL") == "off";
  if (off && given) {
    params.fault(given, "says nothing while SSL is off");
    return nullptr;
  }
  const bool tls = given || params.text("SSL") == "on";
  auto settings = http_connector::read_settings(
      servlet, params, tls ? http_connector::kDefaultTlsPort : http_connector::kDefaultPort);
  if (!tls) return settings;
  auto context = tls::read_client_context(params, kPrefix, folder);
  if (!settings || !context) return nullptr;
  settings->connector.tls = std::move(context);
  if (const std::string why = http_connector::nameless_address(*settings); !why.empty()) {
    params.fault("InetAddress", why + kPrefix + "ServerName");
    return nullptr;
  }
  return settings;
}

}  // namespace websocket

std::span<const container::ServletRow> websocket_rows() {
  static const std::vector<container::ServletRow> rows{
      {.name = "WebSocketServlet",
       .aliases = {"ch::nevis::isiweb4::servlet::connector::websocket::WebSocketServlet"},
       .params = websocket::parameter_table(),
       .doc = "Forwards requests to HTTP/1.1 backends, plain or over TLS, and lets them become WebSockets.",
       .make = [](const container::ComponentContext& context,
                  const config::Params& params) -> std::unique_ptr<api::Servlet> {
         auto settings = websocket::read_settings(context.name, params, context.doc_base + "/WEB-INF");
         return settings ? make_http_connector(context, params, std::move(*settings)) : nullptr;
       }}};
  return rows;
}

}  // namespace navajo::servlets
