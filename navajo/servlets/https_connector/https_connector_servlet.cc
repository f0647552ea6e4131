#include "navajo/servlets/https_connector/https_connector_servlet.h"

#include <string_view>
#include <vector>

#include "navajo/servlets/http_connector/http_connector_servlet.h"
#include "navajo/tls/client_params.h"

namespace navajo::servlets {
namespace https_connector {
namespace {

using config::ParamSpec;

constexpr char kPrefix[] = "SSL";

}  // namespace

std::span<const ParamSpec> parameter_table() {
  static const std::vector<ParamSpec> table = [] {
    const auto inherited = http_connector::parameter_table();
    std::vector<ParamSpec> rows(inherited.begin(), inherited.end());
    for (ParamSpec& row : rows)
      if (row.name == std::string_view("InetAddress"))
        row.doc = "Backends as host:port, separated by blanks, in order of preference: the first usable one gets the "
                  "requests, the others stand by. ' | ' starts the next group. Also [IPv6]:port and unix:/path; the "
                  "port defaults to 443.";
    for (const ParamSpec& row : tls::client_param_rows(kPrefix)) rows.push_back(row);
    return rows;
  }();
  return table;
}

std::unique_ptr<http_connector::Settings> read_settings(const std::string& servlet, const config::Params& params,
                                                        const std::string& folder) {
  auto settings = http_connector::read_settings(servlet, params, http_connector::kDefaultTlsPort);
  auto tls = tls::read_client_context(params, kPrefix, folder);
  if (!settings || !tls) return nullptr;
  settings->connector.tls = std::move(tls);
  if (const std::string why = http_connector::nameless_address(*settings); !why.empty()) {
    params.fault("InetAddress", why + kPrefix + "ServerName");
    return nullptr;
  }
  return settings;
}

}  // namespace https_connector

std::span<const container::ServletRow> https_connector_rows() {
  static const std::vector<container::ServletRow> rows{
      {.name = "HttpsConnectorServlet",
       .aliases = {"ch::nevis::isiweb4::servlet::connector::http::HttpsConnectorServlet"},
       .params = https_connector::parameter_table(),
       .doc = "Forwards requests to HTTP/1.1 backends over TLS, whose certificates it verifies; all else as "
              "HttpConnectorServlet does it.",
       .make = [](const container::ComponentContext& context,
                  const config::Params& params) -> std::unique_ptr<api::Servlet> {
         auto settings = https_connector::read_settings(context.name, params, context.doc_base + "/WEB-INF");
         return settings ? make_http_connector(context, params, std::move(*settings)) : nullptr;
       }}};
  return rows;
}

}  // namespace navajo::servlets
