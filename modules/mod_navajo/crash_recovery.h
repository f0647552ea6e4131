// crashRecoveryStrategy of Service: what becomes of the server when a child process has died by a signal, an abort or
// an exit in the middle. recover: httpd starts another one, as it does by itself. block: if the child had requests in
// work, every request is answered 503 until somebody lifts it. kill: then the server ends as well, with kCrashExit.
// Source: nevisproxy-container-servlets.md 2.4. How it is noticed: navajo/container/crash_watch.h.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

inline constexpr int kCrashExit = 70;  // EX_SOFTWARE: a service manager that restarts on failure does so

// post_config, in the parent.
void open_crash_watch(apr_pool_t* pool);
// Hook child_status, in the parent.
void child_status_changed(server_rec* server, pid_t pid, ap_generation_t generation, int slot,
                          mpm_child_status status);
// Of a child: first thing and last thing.
void start_crash_watch();
void end_crash_watch();

// post_read_request, once the request has its id. Not OK: 503.
int watch_request(request_rec* r);

}  // namespace navajo::glue
