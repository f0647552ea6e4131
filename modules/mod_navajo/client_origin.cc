#include "modules/mod_navajo/client_origin.h"

#include "modules/mod_navajo/apr_headers.h"
#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/request.h"
#include "modules/mod_navajo/server_config.h"
#include "navajo/config/pattern.h"
#include "navajo/config/text.h"
#include "navajo/http/proxy_chain.h"

namespace navajo::glue {

int find_client(request_rec* r) {
  if (r->main || r->prev || !serves_container(r->server)) return DECLINED;
  return guard("client address", HTTP_INTERNAL_SERVER_ERROR, [r] {
    const apr_array_header_t* networks = server_config(r->server).trusted_proxies;
    const auto trusted = [networks](std::string_view address) {
      for (int i = 0; networks && i < networks->nelts; i++)
        if (APR_ARRAY_IDX(networks, i, config::Network).contains(address)) return true;
      return false;
    };
    AprHeaders fields(r->headers_in, r, false);
    PoolMemory memory(r->pool);
    const std::string_view client =
        http::client_behind_proxies(r->connection->client_ip, r->useragent_ip, fields, trusted, memory);
    if (client == r->useragent_ip) return DECLINED;
    apr_sockaddr_t* address;
    char* text = apr_pstrmemdup(r->pool, client.data(), client.size());
    if (apr_sockaddr_info_get(&address, text, APR_UNSPEC, 0, 0, r->pool) != APR_SUCCESS) return DECLINED;
    r->useragent_addr = address;
    r->useragent_ip = text;
    return DECLINED;
  });
}

}  // namespace navajo::glue

extern "C" const char* navajo_add_trusted_proxies(cmd_parms* cmd, void*, const char* list) {
  using namespace navajo;
  apr_array_header_t*& networks = glue::server_config(cmd->server).trusted_proxies;
  if (!networks) networks = apr_array_make(cmd->pool, 4, sizeof(config::Network));
  static_assert(std::is_trivially_copyable_v<config::Network>);
  for (const std::string_view word : config::split_words(list)) {
    const auto network = config::Network::parse(word);
    if (!network.ok()) return apr_psprintf(cmd->pool, "NavajoTrustedProxies: %s", network.error().text.c_str());
    APR_ARRAY_PUSH(networks, config::Network) = *network;
  }
  return nullptr;
}
