// What event logs (navajo/rules/event_log.h) need of the first process: files made with its rights, programs started
// and kept running.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// post_config. Programs go with the pool.
void open_event_logs(apr_pool_t* pool);
// The monitor hook: rotation, and files that were moved away, where the children may not.
int watch_event_logs(apr_pool_t* pool, server_rec* server);

}  // namespace navajo::glue
