// What a request wants its connection to become (RFC 9110 7.8), and the way there: whether it may, what the backend is
// asked for, whether its 101 is the answer to that, and the tunnel that is handed over with it. Part of a
// ForwardedCall. A request that asks for nothing that is allowed is an ordinary one: its Upgrade field ends here.
#pragma once

#include <string_view>

#include "navajo/api/servlet.h"
#include "navajo/connector/connector.h"
#include "navajo/connector/exchange.h"
#include "navajo/servlets/http_connector/upgrade_settings.h"

namespace navajo::servlets::http_connector {

class Upgrade {
 public:
  Upgrade(const UpgradeSettings& settings, api::Request& request, api::Response& response)
      : settings_(settings), request_(request), response_(response) {}

  // Before a backend is asked. Not answered: the request is refused, and the log says why.
  api::Outcome look();
  // What the backend is asked for; empty: nothing.
  std::string_view protocol() const { return protocol_; }
  // After the backend's 101: sends it to the client, and the connection becomes a tunnel. `backend` is for the log.
  // held: as UpgradedTunnel has it.
  [[nodiscard]] connector::Failure complete(connector::Exchange& exchange, connector::Lease& lease, const char* backend,
                                            std::shared_ptr<const void> held);

 private:
  bool is_from_allowed_origin();
  api::Outcome refuse(int status, const char* cause, const char* why);
  connector::Failure check(const http::ResponseHead& head) const;

  const UpgradeSettings& settings_;
  api::Request& request_;
  api::Response& response_;
  std::string_view protocol_, key_;
  tunnel::TunnelSlots::Slot slot_;
};

// What a server answers to a Sec-WebSocket-Key (RFC 6455 4.2.2).
std::string websocket_accept(std::string_view key);

}  // namespace navajo::servlets::http_connector
