#include "modules/mod_navajo/request_history.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/request_log.h"
#include "navajo/observe/cheap_ticks.h"
#include "navajo/observe/log.h"
#include "navajo/observe/request_history.h"

namespace navajo::glue {
namespace {

using observe::put_text;
using observe::RecordKind;

// The parent's; children inherit it.
std::optional<observe::RequestHistory> g_requests;
apr_interval_time_t g_slow = 0, g_sample_interval = 0;
std::atomic<apr_time_t> g_next_sample{0};
uint32_t g_own_generation = 0;

apr_status_t close_history(void*) {
  observe::set_process_history(nullptr);
  g_requests.reset();
  return APR_SUCCESS;
}

// A flood of requests that are refused is not described one by one: what comes above this in a second is not kept, and
// would not stay either.
bool is_within_budget(RecordKind kind, apr_time_t now) {
  constexpr uint32_t kPerSecond = 512;
  static struct {
    std::atomic<apr_time_t> second{0};
    std::atomic<uint32_t> count{0};
  } budgets[observe::kRecordKinds];
  auto& budget = budgets[static_cast<size_t>(kind)];
  const apr_time_t second = apr_time_sec(now);
  if (budget.second.load(std::memory_order_relaxed) != second) {
    budget.second.store(second, std::memory_order_relaxed);
    budget.count.store(0, std::memory_order_relaxed);
  }
  return budget.count.fetch_add(1, std::memory_order_relaxed) < kPerSecond;
}

const char* variable(const request_rec* r, const char* name) { return apr_table_get(r->subprocess_env, name); }

int64_t number(const request_rec* r, const char* name) {
  const char* text = variable(r, name);
  return text ? strtoll(text, nullptr, 10) : -1;
}

// What is only not there, or asks who it is, is no refusal worth a place.
bool is_blocked(const RequestRecord& record) {
  if (record.rules.find(" refused") != std::string_view::npos) return true;
  const int status = record.chain.refused_with;
  return status >= 400 && status != HTTP_UNAUTHORIZED && status != HTTP_NOT_FOUND;
}

std::optional<RecordKind> kind_of(const request_rec* r, const RequestRecord* record, int status, apr_time_t now) {
  if (status >= 500 || variable(r, "NAVAJO_CUT")) return RecordKind::failed;
  if (record && is_blocked(*record)) return RecordKind::blocked;
  // A connection that became a tunnel lasts as long as its ends like.
  if (now - r->request_time > g_slow && status != HTTP_SWITCHING_PROTOCOLS) return RecordKind::slow;
  apr_time_t due = g_next_sample.load(std::memory_order_relaxed);
  if (g_sample_interval == 0 || due > now) return std::nullopt;
  if (!g_next_sample.compare_exchange_strong(due, now + g_sample_interval)) return std::nullopt;
  return RecordKind::sampled;
}

void put(char* into, size_t room, std::string_view path, const char* query) {
  into[observe::write_target(path, query ? query : "", into, room - 1)] = 0;
}

observe::RequestRecord describe(request_rec* r, const request_rec* last, const RequestRecord* record, RecordKind kind,
                                apr_time_t now) {
  observe::RequestRecord out;
  memset(&out, 0, sizeof out);
  out.kind = static_cast<uint8_t>(kind);
  out.started_us = r->request_time;
  out.total_us = static_cast<uint64_t>(now - r->request_time);
  out.bytes_sent = static_cast<uint64_t>(last->bytes_sent);
  out.connect_ms = number(r, "dTcB");
  out.first_byte_ms = number(r, "dTr1B");
  out.backend_ms = number(r, "dTB");
  out.pid = static_cast<uint32_t>(getpid());
  out.generation = g_own_generation;
  out.status = static_cast<uint16_t>(last->status);
  out.backend_status = static_cast<uint16_t>(std::max<int64_t>(number(r, "sCB"), 0));
  out.client_gone = r->connection->aborted || (record && record->client_gone);
  out.cut = variable(r, "NAVAJO_CUT") != nullptr;
  const auto text = [r](const char* name) { return std::string_view(variable(r, name) ? variable(r, name) : ""); };
  put_text(out.id, r->log_id ? r->log_id : "");
  put_text(out.client, r->useragent_ip ? r->useragent_ip : "");
  put_text(out.method, r->method ? r->method : "");
  put_text(out.host, r->hostname ? r->hostname : "");
  put(out.path, sizeof out.path, r->uri ? r->uri : "", r->args);
  put_text(out.cause, text("NAVAJO_CAUSE"));
  put_text(out.backend, text("inetAB"));
  if (!record) return out;
  container::write_chain_times(record->match, record->chain, out);
  if (record->entered_ticks > 0)
    out.before_chain_us = static_cast<uint64_t>(
        std::max(static_cast<double>(out.total_us) -
                     observe::nanoseconds_of(observe::cheap_ticks() - record->entered_ticks) / 1000,
                 0.0));
  put_text(out.tried, record->tried);
  put_text(out.rules, record->rules);
  put_text(out.session, record->session);
  put_text(out.user, r->user ? std::string_view(r->user) : record->user);
  put_text(out.events, record->events);
  return out;
}

}  // namespace

void open_request_history(apr_pool_t* pool, const char* run_directory, int children) {
  const config::RequestHistoryElement& element = configuration()->xml.service.request_history;
  g_slow = apr_time_from_msec(element.slow->count());
  g_sample_interval = apr_time_from_msec(element.sample_interval->count());
  const std::string path = std::string(run_directory) + "/" + observe::kHistoryFileName;
  auto opened = observe::RequestHistory::open_or_create(path, static_cast<uint32_t>(children));
  if (!opened.ok()) {
    observe::log(observe::id::request_history_failed, "no request is remembered: %s", opened.error().text.c_str());
    return;
  }
  g_requests.emplace(std::move(*opened));
  observe::set_process_history(&*g_requests);
  apr_pool_cleanup_register(pool, nullptr, close_history, apr_pool_cleanup_null);
}

void claim_request_history(int slot, uint32_t generation) {
  (void)observe::nanoseconds_of(0);
  g_own_generation = generation;
  if (g_requests) g_requests->claim_child(slot, generation);
}

void release_request_history() {
  if (g_requests) g_requests->release_child();
}

int remember_request(request_rec* r) {
  if (!g_requests || !configuration()) return DECLINED;
  const request_rec* last = r;
  while (last->next) last = last->next;
  const apr_time_t now = apr_time_now();
  const RequestRecord* record = record_of(r);
  if (!record && !serves_container(r->server)) return DECLINED;
  const std::optional<RecordKind> kind = kind_of(r, record, last->status, now);
  if (!kind || !is_within_budget(*kind, now)) return DECLINED;
  return guard("request history", DECLINED, [=] {
    g_requests->remember(describe(r, last, record, *kind, now));
    return DECLINED;
  });
}

}  // namespace navajo::glue
