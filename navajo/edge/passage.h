// One client's connection of a TcpConnector from its first byte until it has a backend: PROXY protocol, TLS, the
// limits, the choice, the connection to the backend, and another one if that fails. Nothing of the client's has been
// passed on until then, so a second try cannot do harm. On the connection's fiber.
#pragma once

#include <memory>
#include <string>

#include "navajo/edge/tcp_connector.h"
#include "navajo/tls/client_hello.h"

namespace navajo::edge {

class Passage {
 public:
  // peer: who has connected; local: to where. All outlive it.
  Passage(const TcpConnector& connector, const reactor::Endpoint& peer, const reactor::Endpoint& local)
      : connector_(connector), client_(peer), server_(local) {}

  // False: refused or failed, which the log and the counters say.
  bool begin(tls::Stream& client);

  // After success, once each.
  std::unique_ptr<tls::Stream> take_origin() { return std::move(origin_); }
  tunnel::TunnelSlots::Slot take_slot() { return std::move(slot_); }
  route::Choice take_choice() { return std::move(choice_); }
  // "192.0.2.7:4711": the client, behind what proxies said.
  std::string client_text() const { return client_.text(); }

 private:
  struct Asked {
    std::string server_name;
    std::vector<std::string> alpn;
  };
  bool read_header(tls::Stream& client);
  bool is_let_in();
  bool look_at_tls(tls::Stream& client, Asked& asked);
  bool shake_hands(tls::Stream& client, Asked& asked);
  bool find_backend(const Destination& destination);
  bool more(tls::Stream& client, const char* what);
  bool refuse(observe::LogId id, const std::string& why);

  const TcpConnector& connector_;
  reactor::Endpoint client_, server_;
  reactor::Deadline deadline_ = reactor::Deadline::never();
  std::string input_;  // what was read of the client's and is not the PROXY header's
  tunnel::TunnelSlots::Slot slot_;
  route::Choice choice_;
  std::unique_ptr<tls::Stream> origin_;
};

// The address of an endpoint without its port; with `network`, IPv6 as its /64: one client has so many.
enum class ClientName : uint8_t { address, network };
std::string client_name(const reactor::Endpoint& endpoint, ClientName how);

}  // namespace navajo::edge
