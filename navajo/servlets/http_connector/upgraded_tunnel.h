// What is left of a request that was answered with 101: a tunnel between the client's connection and the backend's,
// the session it belongs to, and a line for the log at its end. No fiber; a few hundred bytes and the two sockets.
// Where the protocol is WebSocket and we end it between two frames, the client is told with a Close frame.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "navajo/api/request.h"
#include "navajo/api/upgrade.h"
#include "navajo/connector/connection_pool.h"
#include "navajo/http/websocket_frames.h"
#include "navajo/servlets/http_connector/upgrade_settings.h"
#include "navajo/tunnel/tunnel.h"

namespace navajo::servlets::http_connector {

class UpgradedTunnel final : public api::Upgraded, private tunnel::Tunnel::Owner, private tunnel::Tap {
 public:
  // held: given back when the tunnel ends (a place at the backend). settings: of the servlet, which outlives the
  // connections of its child. watch: null: no session. backend: its name.
  UpgradedTunnel(const UpgradeSettings& settings, std::string_view protocol,
                 std::unique_ptr<connector::Connection> origin, tunnel::TunnelSlots::Slot slot,
                 std::unique_ptr<api::SessionWatch> watch, api::Request& request, const char* backend,
                 std::shared_ptr<const void> held = nullptr);
  ~UpgradedTunnel() override;  // open: its child ends

  bool begin(Client& client) override;

 private:
  void tunnel_ended(tunnel::Tunnel& tunnel) override;
  void passed(std::span<const char> bytes) override { frames_.pass(bytes); }
  void look_for_session();
  void say_goodbye(uint16_t code);
  void log(const char* why) const;
  void give_up_place();

  const UpgradeSettings& settings_;
  std::unique_ptr<connector::Connection> origin_;
  tunnel::TunnelSlots::Slot slot_;
  std::unique_ptr<api::SessionWatch> watch_;
  std::shared_ptr<const void> held_;
  std::string what_, whose_;  // for the log
  const bool is_websocket_;
  bool session_ended_ = false, counted_ = false;
  Client* client_ = nullptr;
  tunnel::Listing listing_;  // until the tunnel begins
  http::WebSocketFrames frames_;
  reactor::Timer timer_;
  uint64_t bytes_seen_ = 0;  // when the session was looked for last
  std::optional<tunnel::Tunnel> tunnel_;
};

}  // namespace navajo::servlets::http_connector
