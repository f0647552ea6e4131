// Forwards requests to backends over HTTP/1.1 and streams their responses: see README.md of this folder.
// One object per <servlet>; service() is called by all threads and fibers of a child at once.
#pragma once

#include <memory>
#include <span>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/cookies/cookie_keeper.h"
#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets {

class HttpConnectorServlet final : public api::Servlet {
 public:
  explicit HttpConnectorServlet(http_connector::Settings settings,
                                reactor::Resolver& resolver = reactor::Resolver::process_wide(),
                                shm::Arena* arena = nullptr,
                                std::unique_ptr<cookies::CookieKeeper> cookies = nullptr);

  api::Outcome service(api::Request& request, api::Response& response) override;
  void report(api::StatusWriter& writer) const override;

  connector::Connector& connector() { return connector_; }

 private:
  api::Outcome service_rewriting(api::Request& request, api::Response& response);
  api::Outcome forward(api::Request& request, api::Response& response);

  http_connector::Settings settings_;
  connector::Connector connector_;
  http_connector::RewriteCounters rewritten_;
  std::unique_ptr<cookies::CookieKeeper> cookies_;  // null: they pass
};

// With what its Context says besides its parameters.
std::unique_ptr<api::Servlet> make_http_connector(const container::ComponentContext& context,
                                                  const config::Params& params, http_connector::Settings settings);

std::span<const container::ServletRow> http_connector_rows();

}  // namespace navajo::servlets
