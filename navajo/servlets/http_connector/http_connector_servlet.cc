#include "navajo/servlets/http_connector/http_connector_servlet.h"

#include <vector>

#include "navajo/config/web_xml.h"
#include "navajo/container/shared_services.h"
#include "navajo/servlets/http_connector/forwarded_call.h"
#include "navajo/servlets/http_connector/request_head.h"

namespace navajo::servlets {

using http_connector::Settings;

HttpConnectorServlet::HttpConnectorServlet(Settings settings, reactor::Resolver& resolver, shm::Arena* arena,
                                           std::unique_ptr<cookies::CookieKeeper> cookies)
    : settings_(std::move(settings)),
      connector_(settings_.addresses, settings_.connector, resolver, arena),
      cookies_(std::move(cookies)) {}

api::Outcome HttpConnectorServlet::service(api::Request& request, api::Response& response) {
  if (!settings_.mime_completion) return service_rewriting(request, response);
  http_connector::MimeCompletingResponse completing(response, request.path(), settings_.mime_types);
  const api::Outcome outcome = service_rewriting(request, completing);
  if (outcome.is_answered()) (void)completing.commit();
  return outcome;
}

api::Outcome HttpConnectorServlet::service_rewriting(api::Request& request, api::Response& response) {
  if (settings_.auto_rewrite == http_connector::AutoRewrite::off)
    return forward(request, response);
  http_connector::RewritingRequest plain(request, settings_.auto_rewrite);
  http_connector::RewritingResponse rewriting(settings_, request, response, rewritten_);
  const api::Outcome outcome = forward(plain, rewriting);
  if (outcome.is_answered()) rewriting.end();
  return outcome;
}

// Next to the backend: cookies are kept as it has made them, those that pass are rewritten after that.
api::Outcome HttpConnectorServlet::forward(api::Request& request, api::Response& response) {
  const auto call = [this](api::Request& seen, api::Response& answer) {
    return http_connector::ForwardedCall(settings_, connector_, seen, answer).run();
  };
  if (!cookies_) return call(request, response);
  const std::string_view target = http_connector::target_for(settings_, request).value_or("/");  // else refused anyway
  std::string_view host = settings_.host_name.value(request);
  if (host.empty()) host = settings_.addresses.front().host_field;
  const size_t port = host.find(':', host.rfind(']') == std::string_view::npos ? 0 : host.rfind(']'));
  return cookies_->run(request, response, {host.substr(0, port), target.substr(0, target.find('?'))}, call);
}

void HttpConnectorServlet::report(api::StatusWriter& writer) const {
  connector_.report(writer);
  if (cookies_) cookies_->report(writer);
  if (settings_.auto_rewrite == http_connector::AutoRewrite::off) return;
  const auto number = [&](const char* name, const std::atomic<uint64_t>& count) {
    writer.number(name, static_cast<double>(count.load(std::memory_order_relaxed)));
  };
  number("bodies_rewritten", rewritten_.bodies);
  number("links_rewritten", rewritten_.links);
  number("bodies_left_encoded", rewritten_.left_encoded);
}

std::unique_ptr<api::Servlet> make_http_connector(const container::ComponentContext& context,
                                                  const config::Params& params, Settings settings) {
  if (context.web_xml) settings.mime_types = context.web_xml->mime_types;
  settings.status_codes = context.status_codes;
  container::make_drainable(context, settings.connector.backends);
  return std::make_unique<HttpConnectorServlet>(std::move(settings), reactor::Resolver::process_wide(), context.arena,
                                                cookies::CookieKeeper::configured(context, "servlet", params));
}

std::span<const container::ServletRow> http_connector_rows() {
  static const std::vector<container::ServletRow> rows{
      {"HttpConnectorServlet",
       {"ch::nevis::isiweb4::servlet::connector::http::HttpConnectorServlet"},
       http_connector::parameter_table(),
       "Forwards requests to HTTP/1.1 backends, with load balancing, failover, pooled connections and streaming both "
       "ways.",
       [](const container::ComponentContext& context, const config::Params& params) -> std::unique_ptr<api::Servlet> {
         std::unique_ptr<Settings> settings = http_connector::read_settings(context.name, params);
         return settings ? make_http_connector(context, params, std::move(*settings)) : nullptr;
       }}};
  return rows;
}

}  // namespace navajo::servlets
