// Where httpd calls Navajo. Everything below is called by httpd; what each does stands in the file named for it.
#include <openssl/opensslv.h>

#include <cstring>
#include <ctime>
#include <memory>
#include <optional>

#include "modules/mod_navajo/admin_socket.h"
#include "modules/mod_navajo/certificates.h"
#include "modules/mod_navajo/child.h"
#include "modules/mod_navajo/child_replacement.h"
#include "modules/mod_navajo/client_io.h"
#include "modules/mod_navajo/client_origin.h"
#include "modules/mod_navajo/client_tls.h"
#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/crash_recovery.h"
#include "modules/mod_navajo/dispatch.h"
#include "modules/mod_navajo/event_logs.h"
#include "modules/mod_navajo/forwarding.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/header_hygiene.h"
#include "modules/mod_navajo/last_good.h"
#include "modules/mod_navajo/log_sink.h"
#include "modules/mod_navajo/request_history.h"
#include "modules/mod_navajo/request_id.h"
#include "modules/mod_navajo/request_log.h"
#include "modules/mod_navajo/request_trace.h"
#include "modules/mod_navajo/status.h"
#include "modules/mod_navajo/tcp_connections.h"
#include "modules/mod_navajo/trace_log.h"
#include "modules/mod_navajo/trailers.h"
#include "modules/mod_navajo/tunnel_list.h"
#include "navajo/api/status_source.h"
#include "navajo/base/build_config.h"
#include "navajo/container/memory_report.h"
#include "navajo/container/shared_services.h"
#include "navajo/limits/memory_observer.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/current.h"
#include "navajo/rules/rule_store.h"
#include "navajo/session/shared_store.h"

extern "C" {
#include "mod_status.h"
}

namespace navajo::glue {
namespace {

// The parent's; children inherit it. Lives from post_config to the end of its configuration.
std::optional<observe::StatusSegment> g_segment;
std::unique_ptr<Child> g_child;
apr_time_t g_memory_told = 0;

apr_status_t close_segment(void*) {
  observe::set_process_segment(nullptr);
  g_segment.reset();
  return APR_SUCCESS;
}

// ---------------------------------------------------------------- start

container::MemoryUse memory_in_use() {
  return {*configuration()->xml.service.core.memory_size, configuration()->container->arena().used()};
}

observe::ConfigurationState state_of(Origin origin) {
  switch (origin) {
    case Origin::kept:
      return observe::ConfigurationState::kept;
    case Origin::rolled_back:
      return observe::ConfigurationState::rolled_back;
    case Origin::files:
      break;
  }
  return observe::ConfigurationState::taken;
}

int post_config(apr_pool_t* pool, apr_pool_t*, apr_pool_t*, server_rec* server) {
  if (!configuration() || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  // Nothing here may fail: it would end a running server (docs/decisions/0006).
  return guard("post_config", OK, [pool, server] {
    ap_add_version_component(pool, "Navajo/" NAVAJO_VERSION);
    find_wanted_variables();
    find_forward_proxies(pool, server);
    find_tcp_connectors(server);
    open_trace_log(pool);
    warn_about_directory_rules(*configuration());
    keep_as_last_good(configuration()->files, configuration()->origin, server);
    session::SharedStore::close_unused();
    rules::RuleStore::close_unused();
    const std::string allocator = observe::live_allocator();
    if (run_directory()) {
      int children = 1;
      ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children);
      observe::SegmentTexts texts{std::string("Navajo/" NAVAJO_VERSION " ") + ap_get_server_banner(), allocator,
                                  configuration()->xml.file};
      const std::string path = std::string(run_directory()) + "/status";
      auto opened = observe::StatusSegment::open_or_create(path, 2 * children, texts);
      if (opened.ok()) {
        g_segment.emplace(std::move(*opened));
        observe::set_process_segment(&*g_segment);
        tell_certificates(pool, *g_segment);
        apr_pool_cleanup_register(pool, nullptr, close_segment, apr_pool_cleanup_null);
        g_segment->set_configuration_state(state_of(configuration()->origin), configuration()->refusal);
      } else {
        observe::log(observe::id::status_segment_failed, "no status segment: %s", opened.error().text.c_str());
      }
      open_request_history(pool, run_directory(), 2 * children);
    }
    open_tunnel_list(pool);
    open_crash_watch(pool);
    open_event_logs(pool);
    open_admin_socket(pool);
    configuration()->container->put_to_work(g_segment ? g_segment->read().generation : 1, time(nullptr));
    if (g_segment) g_segment->set_memory(memory_in_use().configured, memory_in_use().used);
    g_memory_told = apr_time_now();
    observe::log(observe::id::started, "Navajo %s, %s, allocator %s, configuration %s", NAVAJO_VERSION,
                 OPENSSL_VERSION_TEXT, allocator.c_str(), configuration()->xml.file.c_str());
    container::tell_memory_at_start(*configuration()->xml.service.name, memory_in_use());
    return OK;
  });
}

// The parent's, once a Timer period; httpd calls it every ten seconds or so.
int watch_memory(apr_pool_t*, server_rec*) {
  if (!configuration()) return DECLINED;
  return guard("monitor", OK, [] {
    if (g_segment) g_segment->set_memory(memory_in_use().configured, memory_in_use().used);
    const apr_time_t period = apr_time_from_sec(configuration()->xml.service.timer.periodicity->count());
    const apr_time_t now = apr_time_now();
    if (now - g_memory_told < period) return OK;
    g_memory_told = now;
    container::tell_memory_in_use(*configuration()->xml.service.name, memory_in_use());
    return OK;
  });
}

apr_status_t end_child(void*) {
  if (g_child) g_child->wait_for_end();
  stop_admin_server();
  if (configuration()) configuration()->container->stop_child();
  stop_trace_log();
  release_request_history();
  if (g_segment) g_segment->release_child();
  end_crash_watch();
  g_child.reset();
  return APR_SUCCESS;
}

// jemalloc stops its background threads in a forked child; each switches its own on. Weak: there may be no jemalloc.
extern "C" int mallctl(const char*, void*, size_t*, void*, size_t) __attribute__((weak));

void start_allocator_thread() {
  if (!mallctl) return;
  bool on = true;
  (void)mallctl("background_thread", nullptr, nullptr, &on, sizeof on);
}

// Before other modules' hooks: one of them may be what ends the child.
void child_begins(apr_pool_t*, server_rec*) {
  (void)guard("child_init", OK, [] {
    start_crash_watch();
    return OK;
  });
}

void child_init(apr_pool_t* pool, server_rec* server) {
  if (!configuration()) return;
  (void)guard("child_init", OK, [pool, server] {
    start_allocator_thread();
    if (g_segment && !g_segment->claim_child())
      observe::log(observe::id::status_segment_failed, "no free slot in the status segment: this child is not counted");
    if (g_segment) claim_request_history(g_segment->own_slot(), g_segment->read().generation);
    start_trace_log();
    if (auto* memory = configuration()->container->memory_observer()) memory->replace_with(replace_this_child);
    configuration()->container->start_child();
    api::set_status_source(configuration());
    start_admin_server();
    g_child = Child::start(pool, server, configuration()->xml.service.reactor);
    apr_pool_pre_cleanup_register(pool, nullptr, end_child);
    return OK;
  });
}

void child_stopping(apr_pool_t*, int graceful) {
  (void)guard("child_stopping", OK, [graceful] {
    child_replacement_stopping();
    admin_server_stopping(graceful != 0);
    if (configuration()) configuration()->container->services().drain_child();
    if (g_child) g_child->stop(graceful != 0);
    return OK;
  });
}

// ---------------------------------------------------------------- connections

int take_connection(conn_rec* c, void* socket) {
  if (c->master || c->outgoing || reactor::current_reactor_number() != 0) return DECLINED;
  return guard("pre_connection", HTTP_SERVICE_UNAVAILABLE, [c, socket] {
    // Neither OK nor DONE: the MPM closes and recycles its own connection object at once.
    if (g_child && g_child->take(c, static_cast<apr_socket_t*>(socket))) return HTTP_SERVICE_UNAVAILABLE;
    // What is meant for a TcpConnector is no HTTP: where there is no reactor (another MPM) there is nobody for it.
    return configuration() && tcp_connector_of(c->base_server) ? HTTP_SERVICE_UNAVAILABLE : DECLINED;
  });
}

int insert_filters(conn_rec* c, void*) {
  if (c->master || c->outgoing) return DECLINED;
  Connection* connection = Connection::current();
  if (!connection || Connection::of(c) != connection) return DECLINED;
  connection->insert_filters(c);
  return OK;
}

int take_over_read_timeouts(conn_rec* c) {
  Connection* connection = Connection::current();
  if (!c->master && connection && Connection::of(c) == connection) connection->io().take_over_read_timeouts();
  return DECLINED;
}

// ---------------------------------------------------------------- requests

void header_begins(request_rec*, conn_rec* c) {
  if (Connection* connection = Connection::of(c); connection && !c->master)
    connection->io().begin_stage(ClientIo::Stage::header);
}

int header_complete(request_rec* r) {
  if (r->main || r->prev) return DECLINED;
  assign_request_id(r);
  if (const int status = watch_request(r); status != OK) return status;
  if (const int status = refuse_bad_framing(r); status != OK) return status;
  Connection* connection = Connection::of(r->connection);
  if (!connection || r->connection->master) return DECLINED;
  connection->io().begin_stage(ClientIo::Stage::body);
  if (Child* child = Child::current(); child && child->draining()) r->connection->keepalive = AP_CONN_CLOSE;
  // mod_http2 would run its session loop on the reactor's thread.
  const char* upgrade = apr_table_get(r->headers_in, "Upgrade");
  if (upgrade && ap_find_token(r->pool, upgrade, "h2c")) {
    apr_table_unset(r->headers_in, "Upgrade");
    apr_table_unset(r->headers_in, "HTTP2-Settings");
  }
  // Without the query: it may hold what does not belong in a log.
  const char* path = r->parsed_uri.path ? r->parsed_uri.path : "-";
  const char* host = r->hostname ? r->hostname : "-";
  reactor::set_fiber_label({r->method, " ", path, " (host ", host, ", request ", r->log_id, ")"});
  return DECLINED;
}

}  // namespace
}  // namespace navajo::glue

extern "C" void navajo_register_hooks(apr_pool_t*) {
  using namespace navajo::glue;
  install_log_sink();
  ClientIo::register_filters();
  register_trailer_filter();
  register_forwarding();
  register_client_tls();
  static const char* const before_us[] = {"mod_ssl.c", "mod_http2.c", "mod_reqtimeout.c", "mod_logio.c", nullptr};
  static const char* const before_translate[] = {"mod_alias.c", "mod_rewrite.c", nullptr};
  ap_hook_post_config(post_config, nullptr, nullptr, APR_HOOK_LAST);
  ap_hook_monitor(watch_memory, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_status(child_status_changed, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_init(child_begins, nullptr, nullptr, APR_HOOK_REALLY_FIRST - 5);
  ap_hook_child_init(child_init, nullptr, nullptr, APR_HOOK_LAST);
  ap_hook_child_stopping(child_stopping, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_pre_connection(take_connection, nullptr, nullptr, APR_HOOK_REALLY_FIRST - 5);
  ap_hook_pre_connection(insert_filters, before_us, nullptr, APR_HOOK_LAST + 5);
  static const char* const reqtimeout[] = {"mod_reqtimeout.c", nullptr};
  ap_hook_process_connection(take_over_read_timeouts, reqtimeout, nullptr, APR_HOOK_REALLY_FIRST + 1);
  ap_hook_generate_log_id(generate_log_id, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_pre_read_request(header_begins, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_post_read_request(header_complete, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  static const char* const remoteip[] = {"mod_remoteip.c", nullptr};
  ap_hook_post_read_request(find_client, remoteip, nullptr, APR_HOOK_FIRST);
  ap_hook_translate_name(decide_mapping, before_translate, nullptr, APR_HOOK_LAST);
  ap_hook_map_to_storage(skip_directory_walk, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_fixups(choose_handler, nullptr, nullptr, APR_HOOK_REALLY_LAST);
  ap_hook_handler(handle_request, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_monitor(watch_trace_log, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_monitor(watch_event_logs, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_log_transaction(log_request, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_log_transaction(end_trace, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_log_transaction(remember_request, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_log_transaction(count_request, nullptr, nullptr, APR_HOOK_MIDDLE);
  APR_OPTIONAL_HOOK(ap, status_hook, show_status, nullptr, nullptr, APR_HOOK_MIDDLE);
}
