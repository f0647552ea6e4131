// The table of endpoints, and what is not answered by the admin protocol.
#include <ctime>
#include <optional>

#include "navajo/admin/line.h"
#include "navajo/admin/request.h"
#include "navajo/api/component_json.h"
#include "navajo/api/metrics_page.h"
#include "navajo/api/status_source.h"
#include "navajo/base/build_config.h"
#include "navajo/limits/limits.h"
#include "navajo/observe/json_writer.h"
#include "navajo/observe/metrics_text.h"
#include "navajo/observe/request_history.h"
#include "navajo/observe/status_report.h"
#include "navajo/observe/status_segment.h"
#include "navajo/observe/traffic.h"
#include "navajo/route/router.h"
#include "navajo/route/routing_db.h"
#include "navajo/servlets/admin/api.h"

namespace navajo::servlets::admin {
namespace {

using observe::JsonWriter;

constexpr const char* kUsualLimit = "200";
constexpr size_t kMostCredits = 1000;

std::string protocol_line(const char* command) { return std::string(navajo::admin::kVersion) + " " + command; }

// Those of the query that the protocol takes under the same names.
std::string with_query(std::string line, const ApiRequest& request, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = request.call.query.find(name); found != request.call.query.end())
      navajo::admin::append_field(line, name, found->second);
  return line;
}

std::string with_limit(std::string line, const ApiRequest& request) {
  const auto found = request.call.query.find("limit");
  navajo::admin::append_field(line, "limit", found == request.call.query.end() ? kUsualLimit : found->second);
  return line;
}

Reply done(const JsonWriter& json) {
  Reply out;
  out.body = json.str() + "\n";
  return out;
}

// ---------------------------------------------------------------- what there is

Reply describe_api(const ApiRequest&) {
  JsonWriter json;
  json.begin_object().key("name").text("Navajo admin API").key("version").natural(1);
  json.key("server").text(NAVAJO_VERSION).key("endpoints").begin_array();
  for (const Endpoint& endpoint : Api::endpoints()) {
    json.begin_object().key("method").text(endpoint.method).key("path").text("/api/v1" + std::string(endpoint.path));
    json.key("role").text(word(endpoint.role));
    if (*endpoint.query) json.key("query").text(endpoint.query);
    if (*endpoint.body) json.key("body").text(endpoint.body);
    json.key("does").text(endpoint.does).end_object();
  }
  json.end_array().end_object();
  return done(json);
}

Reply who_am_i(const ApiRequest& request) {
  const Caller& caller = request.call.caller;
  JsonWriter json;
  json.begin_object().key("name").text(caller.name).key("role").text(word(caller.role));
  json.key("address").text(caller.address).end_object();
  return done(json);
}

void put_history(JsonWriter& json) {
  const observe::RequestHistory* history = observe::process_history();
  if (!history) return;
  json.key("remembered").begin_object();
  for (size_t kind = 0; kind < observe::kRecordKinds; kind++) {
    const auto one = static_cast<observe::RecordKind>(kind);
    json.key(observe::word(one)).natural(history->count(one));
  }
  json.end_object();
}

Reply overview(const ApiRequest&) {
  const observe::StatusSegment* segment = observe::process_segment();
  if (!segment) return trouble(503, "no_segment", "this server keeps no numbers: it has no run directory");
  const observe::StatusNumbers numbers = segment->read();
  const int64_t now = time(nullptr);
  JsonWriter json;
  json.begin_object().key("now").integer(now);
  observe::write_status(json, numbers, now);
  json.key("memory").begin_object().key("configured").natural(numbers.memory_configured);
  json.key("used").natural(numbers.memory_used).end_object();
  put_history(json);
  json.key("traffic");
  observe::write_traffic(json, observe::read_traffic(segment->traffic()));
  json.end_object();
  return done(json);
}

Reply metrics(const ApiRequest&) {
  Reply out;
  out.body = api::open_metrics_page();
  out.type = observe::kOpenMetricsType;
  return out;
}

Reply components(const ApiRequest&) {
  api::ComponentTree tree;
  if (const api::StatusSource* source = api::status_source()) source->report(tree);
  JsonWriter json;
  json.begin_object().key("truncated").boolean(tree.truncated()).key("tree");
  api::write_component(json, tree.root());
  json.end_object();
  return done(json);
}

// ---------------------------------------------------------------- backends

Reply routings(const ApiRequest& request) {
  return gather(with_query(protocol_line("routing show"), request, {"routing"}), request.call.caller);
}

Reply set_draining(const ApiRequest& request, const char* value, const char* result) {
  std::string database;
  bool known = false;
  for (const auto& router : route::routers_of_this_process()) {
    if (router->options().name != request.segment("routing")) continue;
    known = true;
    database = router->tables().database();
  }
  if (!known) return trouble(404, "unknown_routing", "there is no Routing element of that name");
  if (database.empty())
    return trouble(409, "fixed_backends", "the backends of this Routing stand in navajo.xml: change them there");
  auto db = route::RoutingDb::open(database, route::RoutingDb::Missing::fault);
  if (!db.ok()) return trouble(503, "database", db.error().text);
  const std::string& id = request.segment("backend");
  const auto rows = db->rows();
  if (!rows.ok()) return trouble(503, "database", rows.error().text);
  bool there = false;
  for (const route::BackendRow& row : *rows) there |= row.id == id;
  if (!there) return trouble(404, "unknown_backend", "there is no backend of that id");
  const route::RoutingDb::Change change{"draining", value};
  if (const auto changed = db->change(id, {&change, 1}); !changed.ok())
    return trouble(503, "database", changed.error().text);
  JsonWriter json;
  json.begin_object().key("backend").text(id).key("draining").boolean(*value == '1').end_object();
  Reply out = done(json);
  out.result = result;
  return out;
}

Reply drain(const ApiRequest& request) { return set_draining(request, "1", "drains"); }
Reply enable(const ApiRequest& request) { return set_draining(request, "0", "takes new requests again"); }

// ---------------------------------------------------------------- backends of servlets, tunnels

constexpr const char* kBackendMembers = "servlet address host context force";

// Members of the body that the protocol takes under the same names.
std::string with_members(std::string line, const ApiRequest& request, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = request.fields.find(name); found != request.fields.end())
      navajo::admin::append_field(line, name, found->second);
  return line;
}

Reply backends(const ApiRequest& request) {
  return gather(with_query(protocol_line("backend list"), request, {"servlet", "host", "context"}),
                request.call.caller);
}

Reply change_backend(const ApiRequest& request, const char* command) {
  std::string line = with_members(protocol_line(command), request, {"servlet", "address", "host", "context"});
  if (const auto force = request.fields.find("force"); force != request.fields.end() && force->second == "true")
    navajo::admin::append_field(line, "force", "yes");
  return gather(line, request.call.caller);
}
Reply drain_address(const ApiRequest& request) { return change_backend(request, "backend drain"); }
Reply undrain_address(const ApiRequest& request) { return change_backend(request, "backend undrain"); }

Reply tunnels(const ApiRequest& request) {
  return gather(with_limit(protocol_line("tunnel list"), request), request.call.caller);
}
Reply end_tunnel(const ApiRequest& request) {
  std::string line = protocol_line("tunnel kill");
  navajo::admin::append_field(line, "tunnel", request.segment("tunnel"));
  return gather(line, request.call.caller);
}

// ---------------------------------------------------------------- sessions

Reply stores(const ApiRequest& request) { return gather(protocol_line("store list"), request.call.caller); }

Reply sessions(const ApiRequest& request) {
  const std::string line =
      with_query(protocol_line("session list"), request, {"user", "store", "older-than", "idle-for"});
  return gather(with_limit(line, request), request.call.caller);
}

Reply session_of(const ApiRequest& request, const char* command) {
  std::string line = protocol_line(command);
  navajo::admin::append_field(line, "id", request.segment("id"));
  return gather(line, request.call.caller);
}
Reply session(const ApiRequest& request) { return session_of(request, "session show"); }
Reply end_session(const ApiRequest& request) { return session_of(request, "session kill"); }

Reply end_sessions(const ApiRequest& request) {
  std::string line =
      with_members(protocol_line("session kill"), request, {"user", "store", "older-than", "idle-for", "limit"});
  if (const auto all = request.fields.find("all"); all != request.fields.end() && all->second == "true")
    navajo::admin::append_field(line, "all", "yes");
  return gather(line, request.call.caller);
}

// ---------------------------------------------------------------- rules and limits

Reply rules_show(const ApiRequest& request) {
  return gather(with_query(protocol_line("rules show"), request, {"rules"}), request.call.caller);
}

Reply rules_reload(const ApiRequest& request) {
  return gather(with_members(protocol_line("rules reload"), request, {"rules"}), request.call.caller);
}

Reply limits_show(const ApiRequest& request) {
  const container::SharedServices* services = request.api.services();
  if (!services || !services->limits) return trouble(503, "no_limits", "there is no table of limits");
  JsonWriter json;
  api::ComponentTree tree;
  services->limits->report(tree);
  json.begin_object().key("tree");
  api::write_component(json, tree.root());
  json.key("credit").begin_array();
  size_t count = 0, left_out = 0;
  // Labels may be users or addresses.
  const bool sees_people = request.call.caller.role >= Role::operator_;
  services->limits->visit_credits([&](const limits::CreditUse& use) {
    if (count == kMostCredits) {
      left_out++;
      return true;
    }
    count++;
    const size_t space = std::min(use.label.find(' '), use.label.size());
    json.begin_object().key("rule").text(use.label.substr(0, space));
    json.key("of").text(sees_people ? use.label.substr(std::min(space + 1, use.label.size())) : "(hidden)");
    json.key("amount").natural(use.amount).key("used").natural(use.used).key("remaining").natural(use.remaining());
    json.key("ends").integer(use.ends).end_object();
    return true;
  });
  json.end_array().key("left_out").natural(left_out).end_object();
  return done(json);
}

Reply about_limits(const ApiRequest& request, const std::string& line) {
  const container::SharedServices* services = request.api.services();
  return gather(line, request.call.caller, services ? services->limits.get() : nullptr);
}

Reply limit_keys(const ApiRequest& request) {
  return about_limits(request, with_query(protocol_line("limit show"), request, {"rule", "key-id", "limit"}));
}

Reply clear_limits(const ApiRequest& request) {
  std::string line = protocol_line("limit clear");
  for (const char* name : {"rule", "key", "key-id"})
    if (const auto found = request.fields.find(name); found != request.fields.end())
      navajo::admin::append_field(line, name, found->second);
  if (const auto all = request.fields.find("all"); all != request.fields.end() && all->second == "true")
    navajo::admin::append_field(line, "all", "yes");
  return about_limits(request, line);
}

// ---------------------------------------------------------------- certificates

Reply certificates(const ApiRequest& request) {
  const container::SharedServices* services = request.api.services();
  JsonWriter json;
  json.begin_object().key("now").integer(time(nullptr)).key("certificate").begin_array();
  if (services)
    for (const tls::ServedCertificate& one : services->certificates) {
      json.begin_object().key("of").text(one.of).key("use").text(one.use).key("file").text(one.file);
      if (one.fault.empty()) {
        json.key("subject").text(one.subject).key("issuer").text(one.issuer).key("names").text(one.names);
        json.key("not_before").integer(one.not_before).key("not_after").integer(one.not_after);
        json.key("key").text(one.key);
      } else {
        json.key("fault").text(one.fault);
      }
      json.end_object();
    }
  json.end_array().end_object();
  return done(json);
}

// ---------------------------------------------------------------- requests

Reply requests(const ApiRequest& request) {
  return gather(with_limit(with_query(protocol_line("request list"), request, {"kind"}), request),
                request.call.caller);
}
Reply live(const ApiRequest& request) {
  return gather(with_limit(protocol_line("request live"), request), request.call.caller);
}
Reply why(const ApiRequest& request) {
  std::string line = protocol_line("request why");
  navajo::admin::append_field(line, "request", request.segment("id"));
  return gather(line, request.call.caller);
}

constexpr Endpoint kEndpoints[] = {
    {"GET", "", Role::viewer, "", "", "What this API has: name, version and every endpoint.", describe_api},
    {"GET", "/whoami", Role::viewer, "", "", "Name and role of the token that asks.", who_am_i},
    {"GET", "/overview", Role::viewer, "", "",
     "The numbers of all children, latencies, causes of refusals, memory, and how many requests are remembered.",
     overview},
    {"GET", "/metrics", Role::viewer, "", "", "All metrics as OpenMetrics text, for a collector with a token.",
     metrics},
    {"GET", "/components", Role::viewer, "", "",
     "Hosts, Contexts, servlets, filters and services with their own numbers, as the child that answers sees them.",
     components},
    {"GET", "/routings", Role::viewer, "routing", "", "Routings with their backends: health, load, ejections.",
     routings},
    {"POST", "/routings/{routing}/backends/{backend}/drain", Role::operator_, "", "",
     "Has a backend of a routing.db finish: nobody new is sent to it.", drain},
    {"POST", "/routings/{routing}/backends/{backend}/enable", Role::operator_, "", "",
     "Has it take new requests again.", enable},
    {"GET", "/backends", Role::viewer, "servlet host context", "",
     "Addresses of servlets that forward, and targets of load balancers: health, in service or not.", backends},
    {"POST", "/backends/drain", Role::operator_, "", kBackendMembers,
     "Takes an address of a servlet out of service; the last one that is usable only with force: true.",
     drain_address},
    {"POST", "/backends/undrain", Role::operator_, "", kBackendMembers, "Puts it back into service.",
     undrain_address},
    {"GET", "/tunnels", Role::viewer, "limit", "",
     "Open tunnels (CONNECT, upgraded requests, TcpConnectors), the oldest first, at most limit (200).", tunnels},
    {"DELETE", "/tunnels/{tunnel}", Role::operator_, "", "", "Ends one of them.", end_tunnel},
    {"GET", "/stores", Role::viewer, "", "", "Session stores with their memory and its 70, 90 and 95 % marks.", stores},
    {"GET", "/sessions", Role::operator_, "user store older-than idle-for limit", "", "Sessions, at most limit (200).",
     sessions},
    {"GET", "/sessions/{id}", Role::operator_, "", "",
     "One session, by its log id, with names and sizes of what is in it; values of user, roles and realm alone.",
     session},
    {"DELETE", "/sessions/{id}", Role::operator_, "", "", "Ends one session: its user has to log in again.",
     end_session},
    {"POST", "/sessions/end", Role::admin, "", "user store older-than idle-for limit all",
     "Ends all sessions that are selected; all: true ends every one.", end_sessions},
    {"GET", "/rules", Role::viewer, "rules", "", "Rules at work with what each has done, shadow ones as well.",
     rules_show},
    {"POST", "/rules/reload", Role::operator_, "", "rules", "Has rules read again; faults are named.", rules_reload},
    {"GET", "/limits", Role::viewer, "", "", "Tables of rates and credits, and credits by key.", limits_show},
    {"GET", "/limits/keys", Role::viewer, "rule key-id limit", "",
     "Keys of rates and credits that are nearest to their limit, or beyond it; at most limit (20) of each.",
     limit_keys},
    {"POST", "/limits/clear", Role::operator_, "", "rule key key-id all",
     "Has rates and credits of a rule, or one key of it, forgotten; all: true forgets every one.", clear_limits},
    {"GET", "/certificates", Role::viewer, "", "",
     "Certificates this configuration serves and signs with: subject, issuer, until when.", certificates},
    {"GET", "/requests", Role::viewer, "kind limit", "",
     "Requests that were slow, failed or blocked, and some others; newest first.", requests},
    {"GET", "/requests/live", Role::viewer, "limit", "", "Requests at work now, the oldest first.", live},
    {"GET", "/requests/{id}", Role::viewer, "", "",
     "Why one request came out as it did: every element with its time, rules, backends tried, cause.", why},
};

}  // namespace

std::span<const Endpoint> Api::endpoints() { return kEndpoints; }

}  // namespace navajo::servlets::admin
