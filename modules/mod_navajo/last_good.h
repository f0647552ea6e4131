// A restart with a broken configuration must not end the server: plain httpd's parent exits when it finds a fault
// after it has told its children to go. So what a running configuration was read from is kept, and at a restart the new
// files are tried first by a second httpd (`httpd -t` with this one's arguments, which finds every fault, also those
// only httpd knows). If they fail, the kept texts are read in their place. Parent, while it reads its configuration.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/config/file_text.h"

namespace navajo::glue {

// post_config: these files are what runs now. Kept over restarts in the process's own pool.
void keep_as_last_good(const config::FileTexts& files, server_rec* server);
// Empty before there was one.
config::FileTexts last_good();

// Runs `httpd -t`; what it says goes to standard error, which is the error log. False: it found faults, or did not
// come back in time.
bool dry_run_succeeds(apr_pool_t* pool, process_rec* process);

}  // namespace navajo::glue
