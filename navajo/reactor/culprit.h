// Which code a thread of this process is in right now: "mod_slow.so+0x1234 (clock_nanosleep)". The thread is
// asked by SIGURG (ignored by default, so harmless to code that does not expect it; system calls restart where they
// can) and looks at its own stack. Called by the watchdog only, one thread at a time.
#pragma once

#include <string>

namespace navajo::reactor {

// Installs the handler unless somebody else uses SIGURG. Call once per process before threads are watched.
void prepare_code_on_thread();
std::string code_on_thread(int thread_id);

}  // namespace navajo::reactor
