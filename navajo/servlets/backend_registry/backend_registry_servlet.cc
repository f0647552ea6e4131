#include "navajo/servlets/backend_registry/backend_registry_servlet.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <optional>

#include "navajo/api/authentication.h"
#include "navajo/api/text_body.h"
#include "navajo/base/build_config.h"
#include "navajo/config/file_text.h"
#include "navajo/config/text.h"
#include "navajo/container/shared_services.h"
#include "navajo/identity/session_identity.h"
#include "navajo/observe/json_writer.h"
#include "navajo/observe/log.h"
#include "navajo/reactor/offload.h"
#include "navajo/route/backend_columns.h"
#include "navajo/route/backend_table.h"
#include "navajo/route/router.h"

namespace navajo::servlets {
namespace {

using config::ParamType;
using observe::JsonWriter;

constexpr size_t kLargestBody = 16 * 1024, kLargestTokenFile = 64 * 1024, kShortestToken = 16;
constexpr std::chrono::seconds kQueueTime{5};
constexpr std::chrono::milliseconds kReadPatience{1000};
constexpr std::string_view kBearer = "Bearer ";

constexpr config::ParamSpec kParams[] = {
    {.name = "Routing", .default_value = "edge",
     .doc = "Name of the Routing element whose database backends register in. The children's user has to have the "
            "right to write it, and in its folder."},
    {.name = "TokenFile",
     .doc = "Text file with a token in each line, 16 characters or more; a request with one of them (Authorization: "
            "Bearer TOKEN) is let in. Relative to WEB-INF. Either this or Roles is needed."},
    {.name = "Roles",
     .doc = "Roles, one of which is enough: of the user a filter before this servlet has logged in. Separated by "
            "blanks."},
    {.name = "HeartbeatTTL", .type = ParamType::seconds, .default_value = "60", .minimum = 2, .maximum = 86400,
     .doc = "So long after its registration or last heartbeat a backend counts."},
    {.name = "AllowedAddresses", .type = ParamType::lines, .required = true,
     .doc = "Networks backends may have addresses in: without limits who registers could have this server connect to "
            "anything."},
    {.name = "AllowedApps", .doc = "Apps they may belong to, separated by blanks; unset, any."},
    {.name = "MaxBackends", .type = ParamType::integer, .default_value = "1000", .minimum = 1, .maximum = 4096,
     .doc = "Registered ones that count at the same time."},
};

// "/api/v1/backends/x" behind "/api/v1/backends/"; none: it is something else.
std::optional<std::string> behind(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix) || path.size() == prefix.size()) return std::nullopt;
  return std::string(path.substr(prefix.size()));
}

void put(JsonWriter& json, const route::BackendRow& row, int64_t now, std::chrono::seconds ttl) {
  json.begin_object();
  json.key("id").text(row.id).key("app").text(row.app).key("region").text(row.region);
  json.key("country").text(row.country).key("ip").text(row.host).key("port").natural(row.port);
  json.key("healthy").boolean(row.healthy);
  json.key("weight").natural(row.weight).key("soft_limit").natural(row.soft_limit);
  json.key("hard_limit").natural(row.hard_limit).key("draining").boolean(row.draining);
  json.key("last_heartbeat_secs").integer(std::max<int64_t>(0, now + ttl.count() - row.expires));
  json.key("expires_in_secs").integer(row.expires - now);
  json.end_object();
}

}  // namespace

int64_t BackendRegistryServlet::now() const { return settings_.unix_time ? settings_.unix_time() : time(nullptr); }

bool BackendRegistryServlet::is_allowed(api::Request& request) const {
  const std::string_view field = request.headers().get("Authorization").value_or("");
  bool right = false;
  if (field.size() > kBearer.size() && config::same_word(field.substr(0, kBearer.size()), kBearer)) {
    const std::string_view given = config::trim(field.substr(kBearer.size()));
    // All of them: the time does not tell which one is nearly right.
    for (const std::string& token : settings_.tokens)
      right |= token.size() == given.size() && CRYPTO_memcmp(token.data(), given.data(), given.size()) == 0;
  }
  const std::string_view owned = request.attribute(api::kRolesAttribute).value_or("");
  const auto owns = [&](const std::string& role) { return identity::has_role(owned, role); };
  return right || std::any_of(settings_.roles.begin(), settings_.roles.end(), owns);
}

BackendRegistryServlet::Answer BackendRegistryServlet::refused(api::Request& request, int status,
                                                               const std::string& field, const std::string& why) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  const std::string_view client = request.client_address(), id = request.id();
  observe::log(observe::id::registration_refused,
               "registration from %.*s with routing %s refused (%d): %s%s%s, request %.*s",
               static_cast<int>(client.size()), client.data(), settings_.routing.c_str(), status, field.c_str(),
               field.empty() ? "" : " ", why.c_str(), static_cast<int>(id.size()), id.data());
  JsonWriter json;
  json.begin_object().key("error").text(field.empty() ? why : field + " " + why);
  if (!field.empty()) json.key("field").text(field);
  return {status, json.end_object().str()};
}

BackendRegistryServlet::Answer BackendRegistryServlet::trouble(const std::string& id, int status, const char* why) {
  JsonWriter json;
  json.begin_object();
  if (!id.empty()) json.key("id").text(id);
  return {status, json.key("error").text(why).end_object().str()};
}

template <class Work>
bool BackendRegistryServlet::change(Work work) {
  if (changing_.lock(reactor::Deadline::after(kQueueTime)) != reactor::Wake::ready) return false;
  std::string wrong = "the queue of helper threads is full";
  const bool ran = reactor::offload([&] {
    auto db = route::RoutingDb::open(settings_.database, route::RoutingDb::Missing::fault);
    wrong = db.ok() ? work(*db) : db.error().text;
  });
  changing_.unlock();
  if (ran && wrong.empty()) return true;
  failed_.fetch_add(1, std::memory_order_relaxed);
  observe::log(observe::id::registration_refused, "routing %s: %s cannot be changed: %s", settings_.routing.c_str(),
               settings_.database.c_str(), wrong.c_str());
  return false;
}

BackendRegistryServlet::Answer BackendRegistryServlet::register_backend(api::Request& request) {
  using Registered = route::RoutingDb::Registered;
  const std::string_view type = request.headers().get("Content-Type").value_or("");
  // A page of another site cannot send this type with a user's cookies.
  if (!config::same_word(config::trim(type.substr(0, type.find(';'))), "application/json"))
    return refused(request, 415, "", "the body has to be application/json");
  std::pmr::string body(&request.memory());
  if (const api::Outcome read = api::read_body(request.body(), kLargestBody, body); !read.is_answered())
    return refused(request, read.status, "", read.cause);
  auto row = read_registration(body, settings_.rules);
  if (!row.ok()) return refused(request, row.error().forbidden ? 403 : 400, row.error().field, row.error().text);
  const int64_t now = this->now();
  row->expires = now + settings_.ttl.count();
  Registered registered = Registered::yes;
  const bool done = change([&](route::RoutingDb& db) {
    const auto result = db.register_row(*row, now, settings_.most);
    if (result.ok()) registered = *result;
    return result.ok() ? std::string() : result.error().text;
  });
  if (!done) return trouble(row->id, 503, "the routing database cannot be changed now");
  if (registered == Registered::not_registered)
    return refused(request, 409, "id", "'" + row->id + "' is a backend that did not register itself");
  if (registered == Registered::too_many)
    return refused(request, 503, "", "there are " + std::to_string(settings_.most) + " registered backends already");
  registered_.fetch_add(1, std::memory_order_relaxed);
  const std::string_view client = request.client_address();
  observe::log(observe::id::backend_registered, "routing %s: backend %s (%s, app %s) registered by %.*s",
               settings_.routing.c_str(), row->id.c_str(), route::address_text(*row).c_str(), row->app.c_str(),
               static_cast<int>(client.size()), client.data());
  JsonWriter json;
  json.begin_object().key("id").text(row->id).key("registered").boolean(true);
  json.key("message").text("Backend registered successfully");
  json.key("heartbeat_ttl_secs").integer(settings_.ttl.count()).end_object();
  return {201, json.str()};
}

BackendRegistryServlet::Answer BackendRegistryServlet::heartbeat(const std::string& id) {
  const int64_t now = this->now();
  bool found = false;
  const bool done = change([&](route::RoutingDb& db) {
    const auto result = db.prolong(id, now, now + settings_.ttl.count());
    found = result.ok() && *result;
    return result.ok() ? std::string() : result.error().text;
  });
  if (!done) return trouble(id, 503, "the routing database cannot be changed now");
  if (!found) return trouble(id, 404, "backend not registered");
  heartbeats_.fetch_add(1, std::memory_order_relaxed);
  JsonWriter json;
  return {200, json.begin_object().key("id").text(id).key("status").text("ok").end_object().str()};
}

BackendRegistryServlet::Answer BackendRegistryServlet::remove(api::Request& request, const std::string& id) {
  bool found = false;
  const bool done = change([&](route::RoutingDb& db) {
    const auto result = db.remove_registered(id);
    found = result.ok() && *result;
    return result.ok() ? std::string() : result.error().text;
  });
  if (!done) return trouble(id, 503, "the routing database cannot be changed now");
  if (!found) return trouble(id, 404, "backend not found");
  removed_.fetch_add(1, std::memory_order_relaxed);
  const std::string_view client = request.client_address();
  observe::log(observe::id::backend_registered, "routing %s: backend %s left, deregistered by %.*s",
               settings_.routing.c_str(), config::printable(id).c_str(), static_cast<int>(client.size()),
               client.data());
  JsonWriter json;
  return {200, json.begin_object().key("id").text(id).key("deregistered").boolean(true).end_object().str()};
}

BackendRegistryServlet::Answer BackendRegistryServlet::list(const std::string& id) {
  std::vector<route::BackendRow> rows;
  const int64_t now = this->now();
  route::DbRead read = route::DbRead::busy;
  const bool ran = reactor::offload([&] {
    config::Diagnostics faults;
    read = route::read_backends(settings_.database, kReadPatience, now, rows, faults);
  });
  if (!ran || read != route::DbRead::good) return trouble(id, 503, "the routing database cannot be read now");
  std::erase_if(rows, [&](const route::BackendRow& row) { return row.expires == 0 || (!id.empty() && row.id != id); });
  JsonWriter json;
  if (!id.empty()) {
    if (rows.empty()) return trouble(id, 404, "backend not found");
    put(json, rows[0], now, settings_.ttl);
    return {200, json.str()};
  }
  json.begin_object().key("backends").begin_array();
  for (const route::BackendRow& row : rows) put(json, row, now, settings_.ttl);
  json.end_array().key("total").natural(rows.size()).end_object();
  return {200, json.str()};
}

BackendRegistryServlet::Answer BackendRegistryServlet::answer(api::Request& request, api::Response& response) {
  const std::string_view path = request.path_info().empty() ? request.servlet_path() : request.path_info();
  const std::string_view method = request.method();
  const bool gets = method == "GET" || method == "HEAD";
  const auto only = [&](const char* allowed) {
    response.headers().set("Allow", allowed);
    return trouble("", 405, "method not allowed");
  };
  if (path == "/health") {
    // For whoever watches over this server: says nothing about backends.
    if (!gets) return only("GET, HEAD");
    JsonWriter json;
    return {200, json.begin_object().key("status").text("ok").key("version").text(NAVAJO_VERSION).end_object().str()};
  }
  if (!is_allowed(request)) {
    response.headers().set("WWW-Authenticate", "Bearer realm=\"backends\"");
    return refused(request, 401, "", "neither a token nor a role that is allowed to");
  }
  if (path == "/api/v1/register") return method == "POST" ? register_backend(request) : only("POST");
  if (const auto id = behind(path, "/api/v1/heartbeat/")) return method == "POST" ? heartbeat(*id) : only("POST");
  if (path == "/api/v1/backends") return gets ? list("") : only("GET, HEAD");
  if (const auto id = behind(path, "/api/v1/backends/")) {
    if (method == "DELETE") return remove(request, *id);
    return gets ? list(*id) : only("DELETE, GET, HEAD");
  }
  return trouble("", 404, "there is nothing here");
}

api::Outcome BackendRegistryServlet::service(api::Request& request, api::Response& response) {
  const Answer out = answer(request, response);
  response.set_status(out.status);
  response.set_content_type("application/json");
  response.set_content_length(out.body.size());
  response.headers().set("Cache-Control", "no-store");
  // A client that went away has no use for the rest, and there is nobody else to tell.
  if (request.method() == "HEAD") {
    static_cast<void>(response.commit());
  } else {
    static_cast<void>(response.write(std::string_view(out.body)));
  }
  return api::Outcome::answered();
}

void BackendRegistryServlet::report(api::StatusWriter& writer) const {
  const auto number = [&](const char* name, const std::atomic<uint64_t>& value) {
    writer.number(name, static_cast<double>(value.load(std::memory_order_relaxed)));
  };
  writer.text("routing", settings_.routing);
  number("registrations", registered_);
  number("heartbeats", heartbeats_);
  number("deregistrations", removed_);
  number("refused", refused_);
  number("failed_changes", failed_);
}

// ---------------------------------------------------------------- from web.xml

namespace {

void read_tokens(const container::ComponentContext& context, const config::Params& params,
                 std::vector<std::string>& tokens) {
  if (!params.has("TokenFile")) return;
  const std::string file =
      (std::filesystem::path(context.doc_base) / "WEB-INF" / params.text("TokenFile")).lexically_normal().string();
  const auto text = config::read_file_text(file, kLargestTokenFile);
  if (!text.ok() || text->size() > kLargestTokenFile) {
    params.fault("TokenFile", file + ": " + (text.ok() ? "is too large" : text.error().text));
    return;
  }
  const auto visible = [](char c) { return c > ' ' && c < 127; };
  int number = 0;
  for (size_t begin = 0; begin < text->size();) {
    const size_t end = std::min(text->find('\n', begin), text->size());
    const std::string_view line = config::trim(std::string_view(*text).substr(begin, end - begin));
    begin = end + 1;
    number++;
    if (line.empty() || line.front() == '#') continue;
    if (line.size() < kShortestToken || !std::all_of(line.begin(), line.end(), visible)) {
      // Never the token itself.
      params.fault(config::Position{file, number, 0}, "is no token: 16 visible characters or more, and no blank");
    } else {
      tokens.emplace_back(line);
    }
  }
  if (tokens.empty()) params.fault("TokenFile", file + " has no token");
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string_view word : config::split_words(text)) out.emplace_back(word);
  return out;
}

std::unique_ptr<api::Servlet> make(const container::ComponentContext& context, const config::Params& params) {
  BackendRegistrySettings settings;
  settings.routing = params.text("Routing");
  settings.ttl = params.seconds("HeartbeatTTL");
  settings.most = static_cast<size_t>(params.integer("MaxBackends"));
  settings.roles = words_of(params.text("Roles"));
  settings.rules.apps = words_of(params.text("AllowedApps"));
  bool good = true;
  const auto fault = [&](const char* name, const std::string& text) {
    params.fault(name, text);
    good = false;
  };
  for (const config::ParamLine& line : params.positioned_lines("AllowedAddresses")) {
    for (const std::string& word : words_of(line.text)) {
      auto network = config::Network::parse(word);
      if (network.ok()) {
        settings.rules.addresses.push_back(std::move(*network));
      } else {
        params.fault(line.where, network.error().text);
        good = false;
      }
    }
  }
  read_tokens(context, params, settings.tokens);
  if (params.has("TokenFile") && settings.tokens.empty()) good = false;
  if (!params.has("TokenFile") && settings.roles.empty())
    fault("TokenFile", "or Roles is needed: whoever registers has the traffic");
  if (!context.services) return good ? std::make_unique<BackendRegistryServlet>(std::move(settings)) : nullptr;
  const auto found = context.services->routers.find(settings.routing);
  if (found == context.services->routers.end() || !found->second) {
    fault("Routing", "there is no Routing '" + config::printable(settings.routing) + "' in navajo.xml");
    return nullptr;
  }
  settings.database = found->second->tables().database();
  if (settings.database.empty()) {
    fault("Routing", "Routing '" + settings.routing + "' has no database that backends could register in");
  } else if (!context.services->children_may_write(settings.database)) {
    const std::string user = context.services->user_of_children;
    fault("Routing", "the database " + settings.database + " or its folder cannot be written by " +
                         (user.empty() ? "this user" : "the user of the child processes, " + user));
  }
  return good ? std::make_unique<BackendRegistryServlet>(std::move(settings)) : nullptr;
}

}  // namespace

std::span<const container::ServletRow> backend_registry_rows() {
  static const std::vector<container::ServletRow> rows{
      {"BackendRegistryServlet", {}, kParams,
       "Lets backends register in the database of a Routing, with heartbeats, over edgeProxy's API.", make}};
  return rows;
}

}  // namespace navajo::servlets
