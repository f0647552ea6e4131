#include "modules/mod_navajo/request_log.h"

#include <array>
#include <charconv>
#include <cstring>

#include "modules/mod_navajo/connection.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/log_sink.h"
#include "navajo/observe/cheap_ticks.h"
#include "navajo/observe/log_fields.h"
#include "navajo/observe/log_format.h"
#include "navajo/reactor/current.h"

namespace navajo::glue {
namespace {

using observe::LogFields;
using observe::trace_enabled;
using observe::TraceGroup;
using observe::TraceLevel;

// ---------------------------------------------------------------- variables

enum Variable : unsigned { dTF, dTFrs, invS, sC, bS, rmIP, trID, cR, clID, usrID, Event, inetA, kVariables };
constexpr const char* kNames[kVariables] = {"dTF",  "dTFrs", "invS", "sC",    "bS",    "rmIP",
                                            "trID", "cR",    "clID", "usrID", "Event", "inetA"};
uint32_t g_wanted = 0;

bool lines_are_wanted() {
  return trace_enabled(TraceGroup::NavajoOp, TraceLevel::info) ||
         trace_enabled(TraceGroup::NProxyOp, TraceLevel::info) ||
         trace_enabled(TraceGroup::NavajoReqIO, TraceLevel::dbg_lo);
}

bool names(const char* arguments, const char* variable) {
  const size_t length = strlen(variable);
  for (const char* at = strstr(arguments, variable); at; at = strstr(at + 1, variable))
    if ((at == arguments || !apr_isalnum(at[-1])) && !apr_isalnum(at[length])) return true;
  return false;
}

void look_for_variables(const ap_directive_t* node) {
  for (; node; node = node->next) {
    for (unsigned i = 0; i < kVariables; i++)
      if (node->args && names(node->args, kNames[i])) g_wanted |= 1u << i;
    if (node->first_child) look_for_variables(node->first_child);
  }
}

// ---------------------------------------------------------------- requests in work

// A fiber never leaves its thread, so a reactor has a lane of its own; threads of the MPM share the first.
struct alignas(64) Lane {
  std::atomic<int> busy{0};
};
std::array<Lane, 32> g_lanes;

std::atomic<int>& own_lane() { return g_lanes[reactor::current_reactor_number() % g_lanes.size()].busy; }

// ---------------------------------------------------------------- values

// Without the query: it may hold what does not belong in a log.
std::string_view raw_path(const request_rec* r) {
  const std::string_view target = r->unparsed_uri ? r->unparsed_uri : "";
  return target.substr(0, target.find('?'));
}

std::string_view request_line(const request_rec* r) {
  const std::string_view path = raw_path(r);
  return apr_pstrcat(r->pool, r->method, " ", apr_pstrmemdup(r->pool, path.data(), std::min<size_t>(path.size(), 1024)),
                     nullptr);
}

std::string_view variable(const request_rec* r, const char* name) {
  const char* value = apr_table_get(r->subprocess_env, name);
  return value ? value : "";
}

// What happened that no filter said: the client has gone, or we have cut the response.
std::string_view events_of(const request_rec* r, const RequestRecord& record) {
  if (!r->connection->aborted && !record.client_gone) return record.events;
  const char* code = variable(r, "NAVAJO_CUT").empty() ? "GW02" : "GW01";
  if (record.events.empty()) return code;
  return apr_psprintf(r->pool, "%.*s,%s", static_cast<int>(record.events.size()), record.events.data(), code);
}

struct Values {
  apr_int64_t total_ms;
  apr_int64_t client_ms;  // -1: not known
  int status;
  apr_off_t bytes;
  std::string_view chain, events, user;
};

Values values_of(request_rec* r, const request_rec* last, const RequestRecord& record, std::span<char> chain) {
  Values out;
  out.total_ms = (apr_time_now() - r->request_time) / 1000;
  const Connection* connection = Connection::of(r->connection);
  out.client_ms = connection ? connection->client_time().count() / 1000000 : -1;
  out.status = last->status;
  out.bytes = last->bytes_sent;
  if ((g_wanted >> invS & 1) || lines_are_wanted()) out.chain = write_chain(record.match, record.chain, chain);
  out.events = events_of(r, record);
  out.user = r->user ? std::string_view(r->user) : record.user;
  return out;
}

// ---------------------------------------------------------------- lines

void begin_line(const request_rec* r) {
  LogFields line;
  char transaction[64];
  const size_t length = observe::write_transaction_id(r->log_id ? r->log_id : "", transaction);
  line.text(">>>>> ").quoted(request_line(r)).field("rmIP", r->useragent_ip).field("trID", {transaction, length});
  observe::trace_text(TraceGroup::NavajoOp, TraceLevel::dbg_lo, line.view());
}

void header_lines(const apr_table_t* fields, const char* arrow) {
  const apr_array_header_t* rows = apr_table_elts(fields);
  for (int i = 0; i < rows->nelts; i++) {
    const apr_table_entry_t& row = reinterpret_cast<const apr_table_entry_t*>(rows->elts)[i];
    if (!row.key) continue;
    LogFields line;
    line.text(arrow).header(row.key, row.val ? row.val : "");
    observe::trace_text(TraceGroup::NavajoOp, TraceLevel::dbg_hi, line.view());
  }
}

void request_lines(request_rec* r, const RequestRecord& record) {
  if (trace_enabled(TraceGroup::NavajoRequest, TraceLevel::dbg_lo)) {
    LogFields line;
    line.text("request").field("host", r->hostname ? r->hostname : "").field("path", r->uri);
    line.field("server", r->server->server_hostname ? r->server->server_hostname : "");
    line.field("protocol", r->protocol).field("connection", r->connection->id);
    line.field("tls", ap_ssl_conn_is_ssl(r->connection) ? "on" : "off");
    line.field("servlet", record.match.servlet ? std::string_view("found") : std::string_view("none"));
    observe::trace_text(TraceGroup::NavajoRequest, TraceLevel::dbg_lo, line.view());
  }
  if (trace_enabled(TraceGroup::NavajoOp, TraceLevel::dbg_lo)) begin_line(r);
  if (trace_enabled(TraceGroup::NavajoOp, TraceLevel::dbg_hi)) header_lines(r->headers_in, ">>> ");
}

void end_line(const request_rec* r, const RequestRecord& record, const Values& values, std::string_view transaction) {
  LogFields line;
  line.text("<<<<< ").quoted(request_line(r)).field("invS", values.chain);
  line.field("sC", values.status).field("bS", values.bytes).field("dTF", values.total_ms);
  if (values.client_ms >= 0) line.field("dTFrs", values.client_ms);
  line.field("rmIP", r->useragent_ip).optional("Event", values.events).optional("clID", record.session);
  line.optional("usrID", values.user).field("trID", transaction);
  if (record.chain.cause[0]) line.field("cause", record.chain.cause);
  if (r->uri && raw_path(r) != r->uri) line.field("parsedRequestUri", r->uri);
  char count[32];
  line.text({count, static_cast<size_t>(snprintf(count, sizeof count, " (cR=%d)", record.in_work))});
  observe::trace_text(TraceGroup::NavajoOp, TraceLevel::info, line.view());
}

void proxy_line(const request_rec* r, const RequestRecord& record, const Values& values,
                std::string_view transaction) {
  LogFields line;
  line.quoted(request_line(r)).field("invS", values.chain).optional("inetA", variable(r, "inetAB"));
  line.field("sC", values.status).optional("sCB", variable(r, "sCB")).field("bS", values.bytes);
  line.field("dTF", values.total_ms);
  if (values.client_ms >= 0) line.field("dTFrs", values.client_ms);
  for (const char* name : {"dTB", "dTcB", "dTsB", "dTr1B", "dTr2B"}) line.optional(name, variable(r, name));
  line.field("rmIP", r->useragent_ip).field("trID", transaction).field("cR", record.in_work);
  observe::trace_text(TraceGroup::NProxyOp, TraceLevel::info, line.view());
}

void set_variables(request_rec* r, request_rec* last, const RequestRecord& record, const Values& values,
                   std::string_view transaction) {
  const auto set = [last](Variable which, std::string_view value) {
    if ((g_wanted >> which & 1) && !value.empty())
      apr_table_setn(last->subprocess_env, kNames[which], apr_pstrmemdup(last->pool, value.data(), value.size()));
  };
  const auto set_number = [&set](Variable which, apr_int64_t value) {
    char digits[24];
    set(which, {digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
  };
  set_number(dTF, values.total_ms);
  if (values.client_ms >= 0) set_number(dTFrs, values.client_ms);
  set(invS, values.chain);
  set_number(sC, values.status);
  set_number(bS, values.bytes);
  set(rmIP, r->useragent_ip);
  set(trID, transaction);
  set_number(cR, record.in_work);
  set(clID, record.session);
  set(usrID, values.user);
  set(Event, values.events);
  set(inetA, variable(r, "inetAB"));
}

}  // namespace

int requests_in_work() {
  int sum = 0;
  for (const Lane& lane : g_lanes) sum += lane.busy.load(std::memory_order_relaxed);
  return sum;
}

RequestRecord* record_of(const request_rec* r) {
  return static_cast<RequestRecord*>(ap_get_module_config(r->request_config, &navajo_module));
}

void find_wanted_variables() {
  g_wanted = 0;
  look_for_variables(ap_conftree);
}

bool client_time_is_wanted() { return (g_wanted >> dTFrs & 1) || lines_are_wanted(); }

RequestInWork::RequestInWork(request_rec* r, RequestRecord& record)
    : lane_(own_lane()),
      live_({r->request_time, r->log_id ? r->log_id : "", r->useragent_ip, r->method, r->hostname ? r->hostname : "",
             r->uri, r->args ? r->args : ""}) {
  record.chain.live = &live_;
  record.entered_ticks = observe::cheap_ticks();
  lane_.fetch_add(1, std::memory_order_relaxed);
  if ((g_wanted >> cR & 1) || lines_are_wanted()) record.in_work = requests_in_work();
  request_lines(r, record);
}

RequestInWork::~RequestInWork() { lane_.fetch_sub(1, std::memory_order_relaxed); }

int log_request(request_rec* r) {
  const RequestRecord* record = record_of(r);
  if (!record) return DECLINED;
  if (g_wanted == 0 && !lines_are_wanted()) return DECLINED;
  return guard("request log", DECLINED, [=] {
    const CurrentRequest current(r);
    request_rec* last = r;
    while (last->next) last = last->next;
    char chain[512], transaction[64];
    const Values values = values_of(r, last, *record, chain);
    const std::string_view id(transaction, observe::write_transaction_id(r->log_id ? r->log_id : "", transaction));
    if (trace_enabled(TraceGroup::NavajoOp, TraceLevel::dbg_hi)) {
      header_lines(last->headers_out, "<<< ");
      header_lines(last->err_headers_out, "<<< ");
    }
    if (trace_enabled(TraceGroup::NavajoOp, TraceLevel::info)) end_line(r, *record, values, id);
    if (trace_enabled(TraceGroup::NProxyOp, TraceLevel::info)) proxy_line(r, *record, values, id);
    if (trace_enabled(TraceGroup::NavajoReqIO, TraceLevel::dbg_lo)) {
      LogFields line;
      line.text("request over").field("bytesRead", r->read_length).field("bytesSent", values.bytes);
      line.field("keepAlive", r->connection->keepalive == AP_CONN_KEEPALIVE ? "yes" : "no");
      observe::trace_text(TraceGroup::NavajoReqIO, TraceLevel::dbg_lo, line.view());
    }
    set_variables(r, last, *record, values, id);
    return DECLINED;
  });
}

}  // namespace navajo::glue
