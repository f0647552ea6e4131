// Connects and forwards to one backend, named in web.xml or by each request: see README.md of this folder. No balancing
// and no rewriting; the machinery is HttpConnectorServlet's. service() is called by all threads and fibers of a child
// at once.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/servlets/backend_connector/allowed_addresses.h"
#include "navajo/connector/connector_cache.h"
#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets {

namespace backend_connector {

struct Settings {
  http_connector::Settings forwarding;  // addresses: one, or none if the address is dynamic
  http_connector::ValueTemplate dynamic;
  AllowedAddresses allowed;
  size_t max_buffered = 100;
  uint16_t default_port = http_connector::kDefaultTlsPort;
};

std::span<const config::ParamSpec> parameter_table();

// folder: where files lie that are named without a leading '/'. Null when a fault was reported through params.
std::unique_ptr<Settings> read_settings(const config::Params& params, const std::string& folder);

}  // namespace backend_connector

class BackendConnectorServlet final : public api::Servlet {
 public:
  explicit BackendConnectorServlet(backend_connector::Settings settings,
                                   reactor::Resolver& resolver = reactor::Resolver::process_wide(),
                                   shm::Arena* arena = nullptr);

  api::Outcome service(api::Request& request, api::Response& response) override;
  void report(api::StatusWriter& writer) const override;

 private:
  api::Outcome forward_dynamic(api::Request& request, api::Response& response);

  backend_connector::Settings settings_;
  std::optional<connector::Connector> connector_;
  std::optional<connector::ConnectorCache> cache_;
};

std::span<const container::ServletRow> backend_connector_rows();

}  // namespace navajo::servlets
