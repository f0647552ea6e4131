#include "modules/mod_navajo/forwarding.h"

#include <strings.h>

#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/connection.h"

namespace {

APR_OPTIONAL_FN_TYPE(navajo_forward_target) * g_target;

navajo::glue::ClientConnection* navajo_client_connection(conn_rec* c) {
  using navajo::glue::Connection;
  Connection* connection = c->master ? nullptr : Connection::of(c);
  return connection && Connection::current() == connection ? connection : nullptr;
}

navajo::forward::ForwardProxy* navajo_forward_proxy(const server_rec* server) {
  return navajo::glue::forward_proxy_of(server);
}

void retrieve() { g_target = APR_RETRIEVE_OPTIONAL_FN(navajo_forward_target); }

}  // namespace

namespace navajo::glue {
namespace {

// Several may share a name, but none its address with anybody.
bool is_virtual_host_of(const server_rec* server, const config::ForwardProxyElement& settings) {
  const std::string address = settings.address();
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  return server->port == *settings.port && server->addrs && server->addrs->host_port == port &&
         static_cast<int>(server->defn_line_number) == settings.where.line &&
         !strcasecmp(server->server_hostname, settings.name->c_str());
}

}  // namespace

void find_forward_proxies(apr_pool_t* pool, server_rec* servers) {
  for (server_rec* server = servers; server; server = server->next)
    for (const auto& proxy : configuration()->forward_proxies) {
      if (!serves_container(server) || !is_virtual_host_of(server, proxy->settings())) continue;
      // Virtual hosts without directives of ours share the main server's.
      auto* own = new (apr_palloc(pool, sizeof(ServerConfig))) ServerConfig(server_config(server));
      own->forward_proxy = proxy.get();
      ap_set_module_config(server->module_config, &navajo_module, own);
    }
}

const api::ForwardTarget* forward_target(const request_rec* r) { return g_target ? g_target(r) : nullptr; }

void register_forwarding() {
  APR_REGISTER_OPTIONAL_FN(navajo_client_connection);
  APR_REGISTER_OPTIONAL_FN(navajo_forward_proxy);
  ap_hook_optional_fn_retrieve(retrieve, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace navajo::glue
