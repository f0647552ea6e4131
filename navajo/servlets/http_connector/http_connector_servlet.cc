#include "navajo/servlets/http_connector/http_connector_servlet.h"

#include <vector>

#include "navajo/servlets/http_connector/forwarded_call.h"

namespace navajo::servlets {

using http_connector::Settings;

HttpConnectorServlet::HttpConnectorServlet(Settings settings, reactor::Resolver& resolver)
    : settings_(std::move(settings)), connector_(settings_.addresses, settings_.connector, resolver) {}

api::Outcome HttpConnectorServlet::service(api::Request& request, api::Response& response) {
  return http_connector::ForwardedCall(settings_, connector_, request, response).run();
}

void HttpConnectorServlet::report(api::StatusWriter& writer) const { connector_.report(writer); }

std::span<const container::ServletRow> http_connector_rows() {
  static const std::vector<container::ServletRow> rows{
      {"HttpConnectorServlet",
       {"ch::nevis::isiweb4::servlet::connector::http::HttpConnectorServlet"},
       http_connector::parameter_table(),
       "Forwards requests to HTTP/1.1 backends, with failover, pooled connections and streaming both ways.",
       [](const container::ComponentContext&, const config::Params& params) -> std::unique_ptr<api::Servlet> {
         std::unique_ptr<Settings> settings = http_connector::read_settings(params);
         if (!settings) return nullptr;
         return std::make_unique<HttpConnectorServlet>(std::move(*settings));
       }}};
  return rows;
}

}  // namespace navajo::servlets
