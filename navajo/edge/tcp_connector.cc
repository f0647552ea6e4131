#include "navajo/edge/tcp_connector.h"

#include <algorithm>

#include "navajo/config/text.h"

namespace navajo::edge {
namespace {

// The reader has told every faulty word already.
std::vector<config::Network> networks(const std::vector<std::string>& words) {
  std::vector<config::Network> out;
  for (const std::string& word : words)
    if (auto parsed = config::Network::parse(word); parsed.ok()) out.push_back(*parsed);
  return out;
}

bool contains(const std::vector<config::Network>& networks, std::string_view address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const config::Network& network) { return network.contains(address); });
}

}  // namespace

std::unique_ptr<TcpConnector> TcpConnector::make(const config::TcpConnectorElement& element, FindRouter find,
                                                 config::Diagnostics& diagnostics) {
  std::unique_ptr<TcpConnector> made(new TcpConnector(element));
  made->clients_ = networks(*element.clients);
  made->trusted_ = networks(*element.trusted_proxies);
  for (const config::RouteElement& one : element.routes) {
    Route route;
    for (const std::string& glob : *one.server_names)
      if (auto parsed = config::Pattern::parse(glob, {config::PatternType::glob, {}}); parsed.ok())
        route.server_names.push_back(std::move(*parsed));
    route.alpn = *one.alpn;
    if (!made->add_route(std::move(route), *one.routing, *one.app, find, one.where, diagnostics)) return nullptr;
  }
  if (!made->add_route({}, *element.routing, *element.app, find, element.where, diagnostics)) return nullptr;
  if (*element.tls == config::TcpTls::terminate) {
    auto context = tls::ServerContext::make({"TcpConnector " + *element.name, *element.certificate, *element.key,
                                             *element.alpn});
    if (!context.ok()) {
      diagnostics.fault(element.certificate.where, observe::id::config_bad_value,
                        "TcpConnector certificate: " + context.error().text);
      return nullptr;
    }
    made->server_context_ = std::move(*context);
  }
  made->slots_ = std::make_unique<tunnel::TunnelSlots>(*element.max_connections, *element.max_connections_per_client);
  return made;
}

bool TcpConnector::add_route(Route route, const std::string& routing, const std::string& app, FindRouter find,
                             const config::Position& where, config::Diagnostics& diagnostics) {
  // A Routing that is faulty itself has said so.
  if (std::shared_ptr<route::Router> router; !routing.empty() && app != "-" && (router = find(routing))) {
    auto dialer = BackendDialer::make("TcpConnector " + *settings_.name, router->options().ca_certificate, "");
    if (!dialer.ok()) {
      diagnostics.fault(where, observe::id::config_bad_value,
                        "Routing '" + config::printable(routing) + "' caCertificate: " + dialer.error().text);
      return false;
    }
    route.destination = Destination{std::move(router), app, std::move(*dialer)};
  }
  routes_.push_back(std::move(route));
  return true;
}

bool TcpConnector::fits(const Route& route, std::string_view server_name, std::span<const std::string> alpn) {
  const auto names_it = [&](const config::Pattern& pattern) {
    return pattern.search(server_name) == config::SearchResult::found;
  };
  const auto is_offered = [&](const std::string& protocol) {
    return std::find(alpn.begin(), alpn.end(), protocol) != alpn.end();
  };
  return (route.server_names.empty() ||
          (!server_name.empty() && std::any_of(route.server_names.begin(), route.server_names.end(), names_it))) &&
         (route.alpn.empty() || std::any_of(route.alpn.begin(), route.alpn.end(), is_offered));
}

const Destination* TcpConnector::destination(std::string_view server_name, std::span<const std::string> alpn) const {
  for (const Route& route : routes_)
    if (fits(route, server_name, alpn)) return route.destination ? &*route.destination : nullptr;
  return nullptr;
}

bool TcpConnector::lets_in(std::string_view client) const { return contains(clients_, client); }
bool TcpConnector::trusts(std::string_view proxy) const { return contains(trusted_, proxy); }

tunnel::TunnelLimits TcpConnector::tunnel_limits() const {
  const auto limit = [](std::chrono::milliseconds time) {
    return time.count() > 0 ? base::Duration(time) : base::Duration::max();
  };
  tunnel::TunnelLimits limits;
  limits.idle = limit(*settings_.idle);
  limits.half_closed = limit(*settings_.half_closed);
  limits.write = limit(*settings_.write);
  limits.age = limit(*settings_.max_age);
  limits.half_close = *settings_.half_close;
  return limits;
}

void TcpConnector::report(api::StatusWriter& writer) const {
  writer.begin("tcp connector " + *settings_.name + " " + settings_.address());
  const tunnel::TunnelSlots::Numbers open = slots_->numbers();
  const auto number = [&](const char* name, uint64_t value) { writer.number(name, static_cast<double>(value)); };
  number("connections_open", open.open);
  number("connections_highest", open.highest);
  number("connections_limit", slots_->total_limit());
  number("clients", open.clients);
  number("refused_by_total", open.refused_total);
  number("refused_by_client", open.refused_client);
  if (server_context_) {
    number("certificate_reloads", server_context_->reloads());
    number("certificate_reloads_refused", server_context_->refused_reloads());
  }
  writer.end();
}

}  // namespace navajo::edge
