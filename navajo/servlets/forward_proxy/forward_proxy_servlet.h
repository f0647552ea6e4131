// Sends on what clients of a forward proxy ask for, to wherever they want it: see README.md of this folder. The
// machinery is HttpConnectorServlet's; where it may go is the ForwardProxy element's to say. service() is called by
// all threads and fibers of a child at once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/pattern.h"
#include "navajo/connector/connector_cache.h"
#include "navajo/container/catalogue.h"
#include "navajo/forward/upstream_trust.h"
#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets {

namespace forward_proxy {

// Destinations whose certificates somebody else vouches for.
struct CustomCa {
  config::Pattern hosts;
  std::shared_ptr<tls::ClientContext> tls;
};

struct Settings {
  http_connector::Settings forwarding;  // without addresses
  std::shared_ptr<tls::ClientContext> tls;
  std::shared_ptr<tls::ClientContext> unverified;  // for destinations the client knows to be untrusted
  std::vector<CustomCa> custom_cas;
  size_t max_destinations = 1000;

  const std::shared_ptr<tls::ClientContext>& tls_for(std::string_view name) const;
};

std::span<const config::ParamSpec> parameter_table();

// folder: where names of files without a leading '/' lie. Null when a fault was reported through params.
std::unique_ptr<Settings> read_settings(const config::Params& params, const std::string& folder);

}  // namespace forward_proxy

class ForwardProxyServlet final : public api::Servlet, public forward::UpstreamTrust {
 public:
  explicit ForwardProxyServlet(forward_proxy::Settings settings,
                               reactor::Resolver& resolver = reactor::Resolver::process_wide());

  api::Outcome service(api::Request& request, api::Response& response) override;
  void report(api::StatusWriter& writer) const override;
  std::shared_ptr<tls::ClientContext> tls_for(std::string_view name) const override { return settings_.tls_for(name); }

 private:
  forward_proxy::Settings settings_;
  connector::ConnectorCache cache_;
};

std::span<const container::ServletRow> forward_proxy_rows();

}  // namespace navajo::servlets
