#include "modules/mod_navajo/admin_socket.h"

#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>

#include "modules/mod_navajo/configuration.h"
#include "navajo/admin/admin_server.h"
#include "navajo/admin/socket_file.h"
#include "navajo/container/shared_services.h"
#include "navajo/observe/log.h"
#include "navajo/route/router.h"
#include "navajo/rules/rule_store.h"
#include "navajo/session/shared_store.h"

namespace navajo::glue {
namespace {

using namespace std::chrono_literals;

// Plain data: this module's code is unloaded between two configurations.
struct KeptSocket {
  bool open;
  int fd;
  ino_t inode;
  pid_t owner;
  char path[4096];
};
constexpr char kKey[] = "navajo-admin-socket";
// For answers in work when a child ends gracefully; those of a million sessions take a few seconds. prefork calls every
// end of a child ungraceful.
constexpr std::chrono::milliseconds kLastAnswers = 5s, kLastAnswersInHaste = 1s;

std::unique_ptr<admin::AdminServer> g_server;
std::chrono::milliseconds g_last_answers{0};

KeptSocket* kept_socket() {
  auto* kept = static_cast<KeptSocket*>(ap_retained_data_get(kKey));
  return kept ? kept : static_cast<KeptSocket*>(ap_retained_data_create(kKey, sizeof(KeptSocket)));
}

void close_socket(KeptSocket& kept) {
  if (!kept.open || kept.owner != getpid()) return;
  admin::remove_socket(kept.path, kept.inode);
  close(kept.fd);
  kept.open = false;
}

apr_status_t end_of_configuration(void*) {
  // A child has a copy of this pool, but the file is the parent's.
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_EXITING) close_socket(*kept_socket());
  return APR_SUCCESS;
}

bool is_still_there(const KeptSocket& kept, const std::string& path) {
  return kept.open && path == kept.path && admin::leads_to(path, kept.inode);
}

void say_failed(const std::string& why) {
  observe::log(observe::id::admin_socket_failed, "no admin socket: %s", why.c_str());
}

// Before the restart generation of the scoreboard and ours were the same.
bool restart_is_under_way() {
  int generation = 0;
  return ap_scoreboard_image && ap_mpm_query(AP_MPMQ_GENERATION, &generation) == APR_SUCCESS &&
         ap_scoreboard_image->global->running_generation != generation;
}

}  // namespace

void open_admin_socket(apr_pool_t* pool) {
  KeptSocket& kept = *kept_socket();
  const config::ServiceElement& service = configuration()->xml.service;
  if (!run_directory() || !*service.admin_socket) return close_socket(kept);
  apr_pool_cleanup_register(pool, nullptr, end_of_configuration, apr_pool_cleanup_null);
  const std::string path = std::string(run_directory()) + "/" + admin::kSocketFileName;
  if (is_still_there(kept, path)) {
    if (const auto given = admin::set_access(path, service.admin_group_id); !given.ok()) {
      say_failed(given.error().text);
      close_socket(kept);
    }
    return;
  }
  close_socket(kept);
  const auto made = path.size() < sizeof kept.path ? admin::listen_at(path, service.admin_group_id)
                                                   : base::Failed{base::Error{"the run directory's path is too long"}};
  if (!made.ok()) return say_failed(made.error().text);
  kept = {true, made->fd, made->inode, getpid(), {}};
  memcpy(kept.path, path.c_str(), path.size() + 1);
}

void start_admin_server() {
  const KeptSocket& kept = *kept_socket();
  if (!kept.open) return;
  admin::AdminServerOptions options;
  options.listener = kept.fd;
  for (const auto& shared : session::SharedStore::of_this_process())
    options.stores.push_back({shared->store().name(), {shared, &shared->store()}});
  options.rules = rules::RuleStore::of_this_process();
  options.routers = route::routers_of_this_process();
  options.limits = configuration()->container->services().limits;
  g_server = admin::AdminServer::start(std::move(options));
}

void admin_server_stopping(bool graceful) {
  const bool restart = restart_is_under_way();
  g_last_answers = graceful ? kLastAnswers : restart ? kLastAnswersInHaste : 0ms;
  if (g_server && restart) g_server->stop_accepting();
}

void stop_admin_server() {
  if (!g_server) return;
  g_server->end(g_last_answers);
  g_server.reset();
}

}  // namespace navajo::glue
