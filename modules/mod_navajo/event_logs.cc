#include "modules/mod_navajo/event_logs.h"

#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/trace_pipe.h"
#include "navajo/container/shared_services.h"
#include "navajo/rules/event_log.h"

extern "C" {
#include "unixd.h"
}

namespace navajo::glue {
namespace {

constexpr std::chrono::seconds kRetryInterval{1};

}  // namespace

void open_event_logs(apr_pool_t* pool) {
  rules::EventLogParent parent;
  if (geteuid() == 0) {
    parent.owner = ap_unixd_config.user_id;
    parent.group = ap_unixd_config.group_id;
  }
  parent.start_program = [pool](const std::string& program) {
    return start_trace_program(pool, program, kRetryInterval,
                               {observe::id::event_log_failed, observe::id::event_log_failed});
  };
  configuration()->container->services().put_to_work(parent);
}

int watch_event_logs(apr_pool_t*, server_rec*) {
  if (!configuration()) return DECLINED;
  return guard("monitor", DECLINED, [] {
    configuration()->container->services().watch();
    return DECLINED;
  });
}

}  // namespace navajo::glue
