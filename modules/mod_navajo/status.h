// This process's numbers: requests as they are logged, and a section on mod_status's page.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

int count_request(request_rec* r);  // log_transaction
int show_status(request_rec* r, int flags);  // mod_status's status_hook

}  // namespace navajo::glue
