// The admin socket of this server (navajo/admin/): made by the parent in the run directory, kept open over graceful
// restarts so that nobody who connects meanwhile is sent away, answered by every child, removed with the server.
// Nothing here ever refuses a start: without its admin socket the server serves.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// post_config, in the parent, as its own user still.
void open_admin_socket(apr_pool_t* pool);
// child_init, when the container has started.
void start_admin_server();
// child_stopping. After a graceful restart new clients are the next generation's; else this child answers to its end.
void admin_server_stopping(bool graceful);
// The orderly end of a child, before its stores go.
void stop_admin_server();

}  // namespace navajo::glue
