#include "modules/mod_navajo/tcp_connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cinttypes>
#include <cstring>
#include <optional>
#include <vector>

#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/guard.h"
#include "navajo/edge/passage.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/fiber.h"

namespace navajo::glue {
namespace {

struct Place {
  const server_rec* server;
  const edge::TcpConnector* connector;
};
std::vector<Place> g_places;  // of this configuration

bool is_virtual_host_of(const server_rec* server, const config::TcpConnectorElement& settings) {
  const std::string address = settings.address();
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  return server->addrs && server->addrs->host_port == port &&
         static_cast<int>(server->defn_line_number) == settings.where.line;
}

uint16_t port_of(const sockaddr& address) {
  return ntohs(address.sa_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// A listener for all addresses meets each of them; an IPv4 one may come in at an IPv6 socket.
bool covers(const apr_sockaddr_t& listened, const sockaddr& local) {
  in6_addr mapped{}, wanted{};
  const auto as_mapped = [](const sockaddr& from) {
    in6_addr out{};
    if (from.sa_family == AF_INET6) return reinterpret_cast<const sockaddr_in6&>(from).sin6_addr;
    out.s6_addr[10] = out.s6_addr[11] = 0xff;
    memcpy(out.s6_addr + 12, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, 4);
    return out;
  };
  const auto& from = reinterpret_cast<const sockaddr&>(listened.sa);
  if (from.sa_family == AF_INET && reinterpret_cast<const sockaddr_in&>(from).sin_addr.s_addr == INADDR_ANY)
    return true;
  wanted = as_mapped(from);
  if (from.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&wanted)) return true;
  mapped = as_mapped(local);
  return memcmp(&mapped, &wanted, sizeof mapped) == 0;
}

// Who has gone away need not be found a backend, nor wait for one. A client that only has finished may still want an
// answer.
class CancelWithClient {
 public:
  explicit CancelWithClient(reactor::Descriptor& client) : client_(client) {
    client_.cancel_on_fin(false);
    client_.cancels(reactor::Fiber::current());
    if (client_.hung_up()) reactor::Fiber::current()->cancel();
  }
  ~CancelWithClient() {
    client_.cancels(nullptr);
    reactor::Fiber::current()->clear_cancelled();
  }
  CancelWithClient(const CancelWithClient&) = delete;

 private:
  reactor::Descriptor& client_;
};

class TcpConnection final : public ClientConnection::Continuation, private tunnel::Tunnel::Owner {
 public:
  TcpConnection(const edge::TcpConnector& connector, reactor::Endpoint peer, reactor::Endpoint local)
      : connector_(connector), peer_(peer), local_(local), began_(base::system_clock().now()) {}
  // A child that ends takes its connections with it.
  ~TcpConnection() override {
    if (!tunnel_) return;
    if (tunnel_->state() != tunnel::Tunnel::State::ended) log_end(tunnel::End::stopping);
    observe::gauge(observe::Gauge::tcp_open).fetch_sub(1, std::memory_order_relaxed);
  }

  Next run(ClientConnection& connection) override {
    connection_ = &connection;
    return guard("TcpConnector", Next::close, [this] { return begin(); });
  }

 private:
  Next begin() {
    edge::Passage passage(connector_, peer_, local_);
    {
      const CancelWithClient cancel(connection_->stream().descriptor());
      if (!passage.begin(connection_->stream())) return Next::close;
    }
    slot_ = passage.take_slot();
    choice_ = passage.take_choice();
    client_ = passage.client_text();
    tunnel_.emplace(connection_->stream(), passage.take_origin(), connector_.tunnel_limits(),
                    static_cast<tunnel::Tunnel::Owner&>(*this));
    observe::gauge(observe::Gauge::tcp_open).fetch_add(1, std::memory_order_relaxed);
    tunnel_->list_as(tunnel::Listing({.kind = "tcp",
                                      .client = client_,
                                      .backend = route::address_text(choice_.backend()),
                                      .about = *connector_.settings().name,
                                      .user = {},
                                      .request = {}}));
    tunnel_->start();
    return Next::keep;
  }

  void tunnel_ended(tunnel::Tunnel& tunnel) override {
    log_end(tunnel.end());
    if (tunnel::is_cut(tunnel.end())) tunnel::close_with_reset(connection_->stream());
    connection_->end();
  }

  void log_end(tunnel::End end) const {
    const std::chrono::duration<double> lasted = base::system_clock().now() - began_;
    observe::log(observe::id::tcp_connection_ended,
                 "%s: client %s to %s of app %s (%s): %s, %" PRIu64 " bytes up, %" PRIu64 " down, %.3f s",
                 connector_.settings().name->c_str(), client_.c_str(), choice_.backend().id.c_str(),
                 choice_.backend().app.c_str(), route::address_text(choice_.backend()).c_str(), tunnel::word(end),
                 tunnel_->bytes_up(), tunnel_->bytes_down(), lasted.count());
  }

  const edge::TcpConnector& connector_;
  const reactor::Endpoint peer_, local_;
  const base::TimePoint began_;
  std::string client_;
  ClientConnection* connection_ = nullptr;
  tunnel::TunnelSlots::Slot slot_;
  route::Choice choice_;
  std::optional<tunnel::Tunnel> tunnel_;
};

reactor::Endpoint endpoint(const sockaddr& address, socklen_t length) {
  reactor::Endpoint out;
  out.length = std::min<socklen_t>(length, sizeof out.address);
  memcpy(&out.address, &address, out.length);
  return out;
}

}  // namespace

void find_tcp_connectors(server_rec* servers) {
  g_places.clear();
  for (server_rec* server = servers; server; server = server->next)
    for (const auto& connector : configuration()->tcp_connectors)
      if (serves_container(server) && is_virtual_host_of(server, connector->settings()))
        g_places.push_back({server, connector.get()});
}

const edge::TcpConnector* tcp_connector_of(const server_rec* server) {
  for (const Place& place : g_places)
    if (place.server == server) return place.connector;
  return nullptr;
}

const edge::TcpConnector* tcp_connector_at(const sockaddr& local) {
  const uint16_t port = port_of(local);
  for (const Place& place : g_places)
    for (const server_addr_rec* one = place.server->addrs; one; one = one->next)
      if (one->host_port == port && covers(*one->host_addr, local)) return place.connector;
  return nullptr;
}

std::unique_ptr<ClientConnection::Continuation> make_tcp_connection(const edge::TcpConnector& connector,
                                                                    const sockaddr& peer, socklen_t peer_length,
                                                                    const sockaddr& local, socklen_t local_length) {
  return std::make_unique<TcpConnection>(connector, endpoint(peer, peer_length), endpoint(local, local_length));
}

}  // namespace navajo::glue
