#include "modules/mod_navajo/mpm_state.h"

#include <atomic>
#include <cstring>
#include <mutex>

namespace navajo::glue {
namespace {

using PreConnection = int (*)(conn_rec*, void*);

std::mutex g_guard;
std::atomic<conn_rec*> g_template{nullptr};
PreConnection g_event_pre_connection = nullptr;
int g_child_number = -1;

PreConnection find_event_hook() {
  const apr_array_header_t* hooks = ap_hook_get_pre_connection();
  for (int i = 0; hooks && i < hooks->nelts; i++) {
    const auto& link = reinterpret_cast<const ap_LINK_pre_connection_t*>(hooks->elts)[i];
    if (link.szName && !strcmp(link.szName, "event.c")) return link.pFunc;
  }
  return nullptr;
}

}  // namespace

bool have_mpm_template() { return g_template.load(std::memory_order_acquire) != nullptr; }
int mpm_child_number() { return g_child_number; }

bool make_mpm_template(apr_pool_t* child_pool, conn_rec* first) {
  std::lock_guard lock(g_guard);
  if (have_mpm_template()) return true;
  g_event_pre_connection = find_event_hook();
  if (!g_event_pre_connection) return false;
  apr_pool_t* pool;
  if (apr_pool_create(&pool, child_pool) != APR_SUCCESS) return false;
  auto* made = static_cast<conn_rec*>(apr_pcalloc(pool, sizeof(conn_rec)));
  made->pool = pool;
  made->conn_config = ap_create_conn_config(pool);
  made->notes = apr_table_make(pool, 1);
  made->base_server = ap_server_conf;
  made->bucket_alloc = apr_bucket_alloc_create(pool);
  made->master = first;
  g_event_pre_connection(made, nullptr);
  made->master = nullptr;
  if (!made->cs) {
    apr_pool_destroy(pool);
    return false;
  }
  int thread_limit = 0;
  ap_mpm_query(AP_MPMQ_HARD_LIMIT_THREADS, &thread_limit);
  if (thread_limit > 0) g_child_number = static_cast<int>(first->id / thread_limit);  // event's ID_FROM_CHILD_THREAD
  g_template.store(made, std::memory_order_release);
  return true;
}

void attach_mpm_state(conn_rec* c, void* socket) {
  c->master = g_template.load(std::memory_order_acquire);
  g_event_pre_connection(c, socket);
  c->master = nullptr;
}

}  // namespace navajo::glue
