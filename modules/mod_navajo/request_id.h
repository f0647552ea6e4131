// A request id for every request and connection, before anybody logs: 32 hex digits, unique over processes and
// restarts and not guessable from the one before. It is httpd's log id (%L in both logs), the environment variable
// NAVAJO_REQUEST_ID, and stands on error pages.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

int generate_log_id(const conn_rec* c, const request_rec* r, const char** id);
void assign_request_id(request_rec* r);
// As random as an id, for spans. Never 0.
uint64_t random_number();

}  // namespace navajo::glue
