// A restart with a broken configuration must not end the server: plain httpd's parent exits when it finds a fault
// after it has told its children to go. So what a running configuration was read from is kept, and at a restart the new
// files are tried first by a second httpd (`httpd -t` with this one's arguments, which finds every fault, also those
// only httpd knows). If they fail, the kept texts are read in their place. What passes that and then ends the children
// that serve it (a module that crashes, memory that is not there) is on trial for a while
// (navajo/container/configuration_trial.h): it is given up for the configuration before it, by a restart of our own.
// The parent's one thread.
#pragma once

#include <string>

#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/config/file_text.h"

namespace navajo::glue {

// Where a configuration comes from: its files, or the kept texts because the files had faults, or because children
// that served what was in the files died.
enum class Origin : uint8_t { files, kept, rolled_back };

// post_config: these files are what runs now. Kept over restarts in the process's own pool.
void keep_as_last_good(const config::FileTexts& files, Origin origin, server_rec* server);
// What to go on with instead of new files; empty before there was one.
config::FileTexts last_good();
// A child that serves this configuration died. If that was once too often, the restart with the one before is on its
// way when this returns true.
bool give_up_new_configuration();
// Whether this restart is that one.
bool is_going_back();

// The httpd.conf that `navajo run` wrote, which a reload writes anew: part of what is kept, under a key that is no
// path, and put back before the old texts are read, since it loads the modules that they need. Nothing for others'.
void add_stub(const char* path, config::FileTexts& files);

// Runs `httpd -t`; what it says goes to standard error, which is the error log. False: it found faults, the first of
// which is in `fault` then, or did not come back in time.
bool dry_run_succeeds(apr_pool_t* pool, process_rec* process, std::string& fault);

}  // namespace navajo::glue
