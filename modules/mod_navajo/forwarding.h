// mod_navajo's end of what it shares with mod_navajo_mitm (client_connection.h): which virtual hosts are forward
// proxies, and where their clients want to go.
#pragma once

#include "modules/mod_navajo/server_config.h"
#include "navajo/api/forward_target.h"

namespace navajo::glue {

// From register_hooks.
void register_forwarding();
// From post_config, once the virtual hosts are known.
void find_forward_proxies(apr_pool_t* pool, server_rec* servers);

// Null: the virtual host is no forward proxy.
inline forward::ForwardProxy* forward_proxy_of(const server_rec* server) { return server_config(server).forward_proxy; }
// Null: r is no request of a forward proxy's client, or mod_navajo_mitm is not loaded.
const api::ForwardTarget* forward_target(const request_rec* r);

}  // namespace navajo::glue
