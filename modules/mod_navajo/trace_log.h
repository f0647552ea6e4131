// navajo.log of this server: opened by the parent, written by every child through a thread of its own
// (navajo/observe/trace_writer.h), which also looks every ReconfigurationPeriod whether the trace levels in
// bc.properties or log.properties have changed. Nothing here ever refuses a start: without its log the server serves.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// post_config, in the parent; ends with the pool.
void open_trace_log(apr_pool_t* pool);
// child_init, before the first request.
void start_trace_log();
// The orderly end of a child: what is queued is written.
void stop_trace_log();
// The parent, every few seconds: it may rotate where the children may not.
int watch_trace_log(apr_pool_t*, server_rec*);

}  // namespace navajo::glue
