#include "modules/mod_navajo/crash_recovery.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/last_good.h"
#include "navajo/container/crash_watch.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::glue {
namespace {

using config::CrashRecovery;

// The parent's; children inherit it. Lives from post_config to the end of its configuration.
std::optional<container::CrashWatch> g_watch;
CrashRecovery g_strategy = CrashRecovery::recover;
apr_pool_t* g_fails_with = nullptr;  // whose end is the server's, once that is a failure

apr_status_t end_with_failure(void*) {
  _exit(kCrashExit);
}

apr_status_t close_watch(void*) {
  g_watch.reset();
  // Should a restart win against the end: this code goes, and so must what points to it.
  if (g_fails_with) apr_pool_cleanup_kill(g_fails_with, nullptr, end_with_failure);
  return APR_SUCCESS;
}

void show_numbers() {
  const auto block = g_watch->current_block();
  if (const auto* segment = observe::process_segment())
    segment->set_crashes(g_watch->crashes(), block ? block->since : 0);
}

bool somebody_asks_to_unblock() {
  return run_directory() && unlink((std::string(run_directory()) + "/" + observe::kUnblockFileName).c_str()) == 0;
}

void unblock_if_asked() {
  const bool asked = somebody_asks_to_unblock();
  if (g_strategy != CrashRecovery::recover && !asked) return;
  if (g_watch->unblock())
    observe::log(observe::id::requests_unblocked, "requests are served again: %s",
                 asked ? "an administrator has lifted the block" : "crashRecoveryStrategy is recover now");
}

void say_blocked(const container::CrashWatch::Block& block) {
  observe::log(observe::id::requests_blocked,
               "child %ld died with %u requests in work, and crashRecoveryStrategy is %s: every request is answered "
               "503. Find out why it died, then lift this with 'navajo reload --unblock', or stop and start",
               static_cast<long>(block.child), block.requests, g_strategy == CrashRecovery::kill ? "kill" : "block");
}

// The parent hears of it as from an administrator: children end, log programs get their last lines, files are removed.
void end_server(pid_t child) {
  observe::log(observe::id::crash_ends_server,
               "child %ld died with requests in work, and crashRecoveryStrategy is kill: the server ends with exit "
               "code %d", static_cast<long>(child), kCrashExit);
  g_fails_with = ap_server_conf->process->pool;
  apr_pool_pre_cleanup_register(g_fails_with, nullptr, end_with_failure);
  if (kill(getpid(), SIGTERM) == 0) return;
  observe::log(observe::id::crash_ends_server, "the server cannot be ended (%s): requests stay blocked",
               strerror(errno));
}

bool server_is_stopping() {
  int state = 0;
  return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

bool is_current(ap_generation_t generation) {
  int current = 0;
  return ap_mpm_query(AP_MPMQ_GENERATION, &current) == APR_SUCCESS && current == generation;
}

void child_crashed(pid_t pid, ap_generation_t generation, uint32_t requests) {
  if (g_strategy == CrashRecovery::recover)
    observe::log(observe::id::child_died, "child %ld died; another one is started", static_cast<long>(pid));
  else
    observe::log(observe::id::child_died, "child %ld died with %u requests in work", static_cast<long>(pid), requests);
  if (g_strategy != CrashRecovery::recover && requests > 0) {
    g_watch->block(pid, requests);
    say_blocked(*g_watch->current_block());
    if (g_strategy == CrashRecovery::kill) return end_server(pid);
  }
  if (is_current(generation) && give_up_new_configuration())
    observe::log(observe::id::configuration_rolled_back,
                 "children of the new configuration die one after the other: the server goes back to the one before. "
                 "The files stay as they are; the next restart tries them again");
}

apr_status_t request_is_over(void*) {
  if (g_watch) g_watch->request_ends();
  return APR_SUCCESS;
}

}  // namespace

void open_crash_watch(apr_pool_t* pool) {
  int children = 1;
  ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children);
  g_strategy = *configuration()->xml.service.crash_recovery;
  auto opened = container::CrashWatch::open(static_cast<uint32_t>(2 * children));
  if (!opened.ok())
    return observe::log(observe::id::crash_watch_failed, "the death of a child will not be noticed: %s",
                        opened.error().text.c_str());
  g_watch.emplace(std::move(*opened));
  apr_pool_cleanup_register(pool, nullptr, close_watch, apr_pool_cleanup_null);
  unblock_if_asked();
  if (const auto block = g_watch->current_block()) say_blocked(*block);
  show_numbers();
}

void child_status_changed(server_rec*, pid_t pid, ap_generation_t generation, int, mpm_child_status status) {
  if (status != MPM_CHILD_EXITED || !g_watch || !configuration()) return;
  (void)guard("child_status", OK, [pid, generation] {
    const auto death = g_watch->child_ended(pid);
    // A server that stops kills who does not end in time.
    if (!death || death->orderly || server_is_stopping()) return OK;
    child_crashed(pid, generation, death->requests);
    show_numbers();
    return OK;
  });
}

void start_crash_watch() {
  if (g_watch && !g_watch->claim())
    observe::log(observe::id::crash_watch_failed, "no free slot: the death of this child will not be noticed");
}

void end_crash_watch() {
  if (g_watch) g_watch->release();
}

int watch_request(request_rec* r) {
  if (!g_watch || g_strategy == CrashRecovery::recover) return OK;
  if (g_watch->blocked()) {
    apr_table_setn(r->subprocess_env, "NAVAJO_CAUSE", "blocked");
    return HTTP_SERVICE_UNAVAILABLE;
  }
  g_watch->request_begins();
  apr_pool_cleanup_register(r->pool, nullptr, request_is_over, apr_pool_cleanup_null);
  return OK;
}

}  // namespace navajo::glue
