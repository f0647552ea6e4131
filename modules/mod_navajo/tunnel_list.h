// The list of open tunnels of all children (navajo/tunnel/tunnel_list.h): opened by the parent, inherited by children.
// Nothing here refuses a start: without it tunnels work, unseen.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// post_config, in the parent; ends with the pool.
void open_tunnel_list(apr_pool_t* pool);

}  // namespace navajo::glue
