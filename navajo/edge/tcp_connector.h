// One TcpConnector element at work: who may connect, how TLS is met, and which app of which Routing a connection goes
// to. Made in the parent while the configuration is read; the children inherit it. Everything but make() may be called
// by all threads and fibers of a child at once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/base/function_ref.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/config/pattern.h"
#include "navajo/edge/backend_dialer.h"
#include "navajo/route/router.h"
#include "navajo/tls/server_context.h"
#include "navajo/tunnel/tunnel.h"
#include "navajo/tunnel/tunnel_slots.h"

namespace navajo::edge {

struct Destination {
  std::shared_ptr<route::Router> router;
  std::string app;
  std::shared_ptr<const BackendDialer> dialer;
};

class TcpConnector {
 public:
  // Null: there is no Routing of that name.
  using FindRouter = base::FunctionRef<std::shared_ptr<route::Router>(const std::string& name)>;
  // Null: faults were reported.
  static std::unique_ptr<TcpConnector> make(const config::TcpConnectorElement& element, FindRouter find,
                                            config::Diagnostics& diagnostics);

  const config::TcpConnectorElement& settings() const { return settings_; }
  // Both of what the TLS handshake asks for; empty where nobody looks. Null: such a connection is refused.
  const Destination* destination(std::string_view server_name, std::span<const std::string> alpn) const;
  bool lets_in(std::string_view client) const;
  bool trusts(std::string_view proxy) const;
  // Null unless TLS ends here.
  tls::ServerContext* server_context() const { return server_context_.get(); }
  tunnel::TunnelLimits tunnel_limits() const;
  tunnel::TunnelSlots& slots() const { return *slots_; }
  void report(api::StatusWriter& writer) const;

 private:
  struct Route {
    std::vector<config::Pattern> server_names;
    std::vector<std::string> alpn;
    std::optional<Destination> destination;  // none: refused
  };
  explicit TcpConnector(const config::TcpConnectorElement& element) : settings_(element) {}
  bool add_route(Route route, const std::string& routing, const std::string& app, FindRouter find,
                 const config::Position& where, config::Diagnostics& diagnostics);
  static bool fits(const Route& route, std::string_view server_name, std::span<const std::string> alpn);

  config::TcpConnectorElement settings_;
  std::vector<config::Network> clients_, trusted_;
  std::vector<Route> routes_;  // the last one fits always
  std::shared_ptr<tls::ServerContext> server_context_;
  std::unique_ptr<tunnel::TunnelSlots> slots_;
};

}  // namespace navajo::edge
