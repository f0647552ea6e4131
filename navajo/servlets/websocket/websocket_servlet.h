// HttpConnectorServlet and HttpsConnectorServlet in one, with upgrades to WebSocket allowed: see README.md of this
// folder. The machinery is HttpConnectorServlet's.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "navajo/container/catalogue.h"
#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets {

namespace websocket {

std::span<const config::ParamSpec> parameter_table();

// servlet: its name. folder: where files lie that are named without a leading '/'. Null when a fault was reported.
std::unique_ptr<http_connector::Settings> read_settings(const std::string& servlet, const config::Params& params,
                                                        const std::string& folder);

}  // namespace websocket

std::span<const container::ServletRow> websocket_rows();

}  // namespace navajo::servlets
