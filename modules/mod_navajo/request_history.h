// What of a request is kept for `navajo why` and the console (navajo/observe/request_history.h): every request while it
// is at work, and those that were slow, failed or were refused when they are over. What is not remembered costs two
// compares and the place in the live table.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// post_config, in the parent. children: slots of the status segment.
void open_request_history(apr_pool_t* pool, const char* run_directory, int children);
// child_init; slot of the status segment, or -1.
void claim_request_history(int slot, uint32_t generation);
// The orderly end of a child, before it gives its slot back.
void release_request_history();

// log_transaction.
int remember_request(request_rec* r);

}  // namespace navajo::glue
