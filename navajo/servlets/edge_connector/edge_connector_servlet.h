// Forwards requests to the backend a Routing chooses for their client, and to another one where that fails and it may:
// see README.md of this folder. One object per <servlet>; service() is called by all threads and fibers of a child at
// once.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "navajo/api/servlet.h"
#include "navajo/connector/connector_cache.h"
#include "navajo/container/catalogue.h"
#include "navajo/route/router.h"
#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets {

namespace edge_connector {

struct Settings {
  http_connector::Settings forwarding;  // without addresses
  std::shared_ptr<tls::ClientContext> tls;
  std::shared_ptr<route::Router> router;
  http_connector::ValueTemplate app;
  http_connector::ValueTemplate key;  // who the client is to binding and hash; empty: its address
  std::string key_cookie;             // goes before it
  size_t attempts = 3;
  size_t replay_limit = 0;  // bytes of a body that may be sent again
  std::string replay_field;  // of responses; empty: nobody may ask for a replay
  size_t max_replays = 0;
  size_t max_destinations = 1000;
};

std::span<const config::ParamSpec> parameter_table();

}  // namespace edge_connector

class EdgeConnectorServlet final : public api::Servlet {
 public:
  explicit EdgeConnectorServlet(edge_connector::Settings settings,
                                reactor::Resolver& resolver = reactor::Resolver::process_wide());

  api::Outcome service(api::Request& request, api::Response& response) override;
  void report(api::StatusWriter& writer) const override;

 private:
  edge_connector::Settings settings_;
  connector::ConnectorCache cache_;
};

std::span<const container::ServletRow> edge_connector_rows();

}  // namespace navajo::servlets
