#include "modules/mod_navajo/tunnel_list.h"

#include <optional>
#include <utility>

#include "navajo/observe/log.h"
#include "navajo/tunnel/tunnel_list.h"

namespace navajo::glue {
namespace {

std::optional<tunnel::TunnelList> g_tunnels;

apr_status_t close_tunnel_list(void*) {
  tunnel::set_process_tunnels(nullptr);
  g_tunnels.reset();
  return APR_SUCCESS;
}

}  // namespace

void open_tunnel_list(apr_pool_t* pool) {
  auto opened = tunnel::TunnelList::open();
  if (!opened.ok())
    return observe::log(observe::id::tunnel_list_failed, "open tunnels cannot be listed: %s",
                        opened.error().text.c_str());
  g_tunnels.emplace(std::move(*opened));
  tunnel::set_process_tunnels(&*g_tunnels);
  apr_pool_cleanup_register(pool, nullptr, close_tunnel_list, apr_pool_cleanup_null);
}

}  // namespace navajo::glue
