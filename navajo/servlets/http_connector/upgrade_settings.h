// What an administrator allows requests to become with a 101: the rows of its parameters, for every servlet that
// forwards, and their values. Made once, while the configuration is read.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/params.h"
#include "navajo/config/pattern.h"
#include "navajo/tunnel/tunnel.h"
#include "navajo/tunnel/tunnel_slots.h"

namespace navajo::servlets::http_connector {

inline constexpr std::string_view kWebSocket = "websocket";

struct UpgradeSettings {
  std::vector<std::string> protocols;  // lower case; empty: no request becomes anything
  // From which pages browsers may open a WebSocket; who sends no Origin is no browser.
  bool any_origin = false, own_origin = false;
  std::vector<config::Pattern> origins;
  tunnel::TunnelLimits limits;
  std::chrono::milliseconds session_interval{30000};  // 0: a session and its sockets do not know of one another
  std::shared_ptr<tunnel::TunnelSlots> slots;  // of each child process
};

std::span<const config::ParamSpec> upgrade_param_rows();
bool is_upgrade_parameter(std::string_view name);
// False when a fault was reported.
bool read_upgrade(const config::Params& params, UpgradeSettings& into);

}  // namespace navajo::servlets::http_connector
