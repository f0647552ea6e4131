// What is configured per server_rec: whether its connections go to the reactor, and RequestReadTimeout, whose
// directive this module takes as well as mod_reqtimeout (httpd hands it to both). Built in the parent, read only
// afterwards.
#pragma once

#include <chrono>

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::forward {
class ForwardProxy;
}

namespace navajo::glue {

// mod_reqtimeout's three stages; initial 0: no limit. With min_rate, every min_rate bytes earn another second,
// up to maximum (0: no upper end).
struct ReadTimeout {
  std::chrono::seconds initial{0}, maximum{0};
  unsigned min_rate = 0;
};

struct ServerConfig {
  // Handshake: mod_reqtimeout has none by default; a reactor connection that never finishes its handshake would
  // live for as long as it sends a byte now and then, so ours has one.
  ReadTimeout handshake{std::chrono::seconds(20), std::chrono::seconds(0), 0};
  ReadTimeout header{std::chrono::seconds(20), std::chrono::seconds(40), 500};
  ReadTimeout body{std::chrono::seconds(20), std::chrono::seconds(0), 500};
  bool handshake_set = false, header_set = false, body_set = false;
  // Of config::Network; null: nobody is trusted.
  apr_array_header_t* trusted_proxies = nullptr;
  forward::ForwardProxy* forward_proxy = nullptr;  // whose virtual host this is; of the configuration
  enum class Reactor : char { unset, on, off } reactor = Reactor::unset;
};

inline ServerConfig& server_config(const server_rec* server) {
  return *static_cast<ServerConfig*>(ap_get_module_config(server->module_config, &navajo_module));
}

// "header=20-40,MinRate=500": null, or what is wrong.
const char* parse_read_timeout(apr_pool_t* pool, ServerConfig& config, const char* argument);

}  // namespace navajo::glue
