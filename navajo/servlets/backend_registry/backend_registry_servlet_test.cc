#include "navajo/servlets/backend_registry/backend_registry_servlet.h"

#include <map>
#include <string>

#include "navajo/api/authentication.h"
#include "navajo/api/fakes.h"
#include "navajo/base/build_config.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/container/shared_services.h"
#include "navajo/limits/limits.h"
#include "navajo/limits/memory_observer.h"
#include "navajo/route/router.h"
#include "navajo/rules/event_log.h"
#include "navajo/rules/rule_store.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::servlets;

namespace {

const container::ServletRow& kRow = backend_registry_rows()[0];
constexpr const char* kToken = "0123456789abcdef0123";
int64_t g_time = 0;

constexpr const char* kGood =
    R"({"id":"eu-1","app":"shop","region":"eu","country":"DE","ip":"10.50.1.1","port":8080})";

class NoTables final : public route::TableSource {
 public:
  explicit NoTables(std::string file) : file_(std::move(file)) {}
  std::shared_ptr<const route::BackendTable> current() const override { return nullptr; }
  void start_child() override {}
  void stop_child() override {}
  const std::string& database() const override { return file_; }

 private:
  std::string file_;
};

class NoRouter final : public route::Router {
 public:
  explicit NoRouter(std::string file) : tables_(std::move(file)) {}
  route::Choice choose(const route::Asker&, reactor::Deadline) override { return {}; }
  const route::RouterOptions& options() const override { return options_; }
  route::TableSource& tables() const override { return tables_; }
  void start_child() override {}
  void stop_child() override {}
  void report(api::StatusWriter&) const override {}

 protected:
  void note_connected(route::Choice&, base::Duration) override {}
  void note_success(route::Choice&) override {}
  void note_failure(route::Choice&, route::Failing) override {}
  void give_back(route::Choice&) override {}

 private:
  route::RouterOptions options_;
  mutable NoTables tables_;
};

}  // namespace

TEST_GROUP(BackendRegistry) {
  config::TemporaryFolder folder;
  config::Diagnostics faults;
  std::string db = folder.file("routing.db");
  BackendRegistrySettings settings;
  int status = 0;
  std::string body;
  http::HeaderList fields;

  void setup() override {
    g_time = 1'800'000'000;
    settings.routing = "edge";
    settings.database = db;
    settings.tokens = {"another-token-of-length", kToken};
    settings.roles = {"operator"};
    settings.rules.addresses.push_back(*config::Network::parse("10.50.0.0/16"));
    settings.unix_time = [] { return g_time; };
  }
  void make_db() { (void)route::RoutingDb::open(db, route::RoutingDb::Missing::create); }
  // With the token, unless the request has another field.
  void ask(BackendRegistryServlet& servlet, const char* method, const char* path, const char* text = nullptr,
           const char* authorization = "bearer 0123456789abcdef0123", const char* type = "application/json") {
    api::FakeRequest request(method, path);
    if (*authorization) request.with("Authorization", authorization);
    if (text) request.with("Content-Type", type).with_body(text);
    ask(servlet, request);
  }
  void ask(BackendRegistryServlet& servlet, api::FakeRequest& request) {
    api::FakeResponse response;
    CHECK_TRUE(servlet.service(request, response).is_answered());
    status = response.the_status;
    body = response.body;
    fields = response.fields;
  }
  void says(const char* text) { STRCMP_CONTAINS(text, body.c_str()); }
  std::vector<route::BackendRow> rows() {
    std::vector<route::BackendRow> out;
    config::Diagnostics ignored;
    (void)route::read_backends(db, std::chrono::milliseconds(1), g_time, out, ignored);
    return out;
  }
  std::unique_ptr<api::Servlet> make(std::map<std::string, std::string> values, bool with_router = true) {
    std::map<std::string, config::ParamValue, std::less<>> given;
    for (auto& [name, text] : values) given[name] = {text, {"web.xml", 7, 20}};
    faults = {};
    const config::Params params("BackendRegistryServlet 'r'", {"web.xml", 3, 1}, kRow.params, given, faults);
    if (!faults.ok()) return nullptr;
    container::SharedServices services;
    services.routers["plain"] = std::make_shared<NoRouter>("");
    if (with_router) services.routers["edge"] = std::make_shared<NoRouter>(db);
    container::ComponentContext context;
    context.doc_base = folder.path();
    context.services = &services;
    return kRow.make(context, params);
  }
  void told(const char* text) {
    std::string all;
    for (const config::Fault& fault : faults.faults()) all += fault.line() + "\n";
    STRCMP_CONTAINS(text, all.c_str());
  }
};

TEST(BackendRegistry, is_made_of_a_routing_with_a_database_and_who_may_use_it) {
  make_db();
  folder.write("WEB-INF/tokens", "# for the fleet\n0123456789abcdef0123\n");
  const std::string all = "10.50.0.0/16";
  CHECK_TRUE(make({{"TokenFile", "tokens"}, {"AllowedAddresses", all}}) != nullptr);
  CHECK_TRUE(make({{"Roles", "operator"}, {"AllowedAddresses", all}}) != nullptr);
  CHECK_TRUE(make({{"AllowedAddresses", all}}) == nullptr);
  told("TokenFile");
  told("or Roles is needed");
  CHECK_TRUE(make({{"TokenFile", "tokens"}}) == nullptr);
  told("AllowedAddresses");
  CHECK_TRUE(make({{"TokenFile", "tokens"}, {"AllowedAddresses", "10.50.0.0/33"}}) == nullptr);
  told("web.xml:7");
  CHECK_TRUE(make({{"TokenFile", "none"}, {"AllowedAddresses", all}}) == nullptr);
  folder.write("WEB-INF/short", "\nsecret\n");
  CHECK_TRUE(make({{"TokenFile", "short"}, {"AllowedAddresses", all}}) == nullptr);
  told("WEB-INF/short:2: ");
  for (const config::Fault& fault : faults.faults()) CHECK_TRUE(fault.text.find("secret") == std::string::npos);
  CHECK_TRUE(make({{"Roles", "operator"}, {"AllowedAddresses", all}}, false) == nullptr);
  told("there is no Routing 'edge'");
  CHECK_TRUE(make({{"Routing", "plain"}, {"Roles", "operator"}, {"AllowedAddresses", all}}) == nullptr);
  told("has no database");
  db = folder.file("none.db");
  CHECK_TRUE(make({{"Roles", "operator"}, {"AllowedAddresses", all}}) == nullptr);
  told("cannot be written");
}

TEST(BackendRegistry, health_is_for_everybody_and_says_nothing_of_backends) {
  BackendRegistryServlet servlet(settings);
  ask(servlet, "GET", "/health", nullptr, "");
  LONGS_EQUAL(200, status);
  says("{\"status\":\"ok\",\"version\":");
  CHECK_TRUE(body.find("backends") == std::string::npos);
}

TEST(BackendRegistry, nobody_gets_in_without_a_token_or_a_role) {
  BackendRegistryServlet servlet(settings);
  for (const char* wrong : {"", "Bearer ", "Bearer 0123456789abcdef012", "Bearer 0123456789abcdef01234", "Basic abc",
                            "Bearer", "0123456789abcdef0123"}) {
    ask(servlet, "GET", "/api/v1/backends", nullptr, wrong);
    LONGS_EQUAL(401, status);
    STRCMP_EQUAL("Bearer realm=\"backends\"", std::string(*fields.get("WWW-Authenticate")).c_str());
  }
  api::FakeRequest request("GET", "/api/v1/backends/x");
  request.attributes.set(api::kRolesAttribute, "clerk,operators");
  ask(servlet, request);
  LONGS_EQUAL(401, status);
  request.attributes.set(api::kRolesAttribute, "clerk,operator");
  ask(servlet, request);
  LONGS_EQUAL(503, status);  // in, and there is no file
}

TEST(BackendRegistry, unknown_places_and_methods_are_told) {
  BackendRegistryServlet servlet(settings);
  for (const char* path : {"/", "/api/v1/", "/api/v1/heartbeat/", "/api/v1/backends/", "/api/v2/register"}) {
    ask(servlet, "GET", path);
    LONGS_EQUAL(404, status);
  }
  ask(servlet, "GET", "/api/v1/register");
  LONGS_EQUAL(405, status);
  STRCMP_EQUAL("POST", std::string(*fields.get("Allow")).c_str());
  ask(servlet, "PUT", "/api/v1/backends/x");
  STRCMP_EQUAL("DELETE, GET, HEAD", std::string(*fields.get("Allow")).c_str());
}

TEST(BackendRegistry, bad_input_is_told_with_its_field) {
  BackendRegistryServlet servlet(settings);
  struct {
    const char *text, *field, *why;
    int status = 400;
  } const cases[] = {
      {"", "", "the body is no JSON"},
      {"[]", "", "no JSON object"},
      {R"({"id":"a"})", "app", "is missing"},
      {R"({"id":"a","app":"s","region":"eu","ip":"10.50.0.1"})", "port", "is missing"},
      {R"({"id":"a","app":"s","region":"eu","ip":"10.50.0.1","port":"80"})", "port", "is no number"},
      {R"({"id":"a","app":"s","region":"eu","ip":"10.50.0.1","port":0})", "port", "'0' is no port"},
      {R"({"id":"a","app":"s","region":"eu","ip":"10.50.0.1","port":80.5})", "port", "'80.5' is no port"},
      {R"({"id":7,"app":"s","region":"eu","ip":"10.50.0.1","port":80})", "id", "is no text"},
      {R"({"id":"a\nb","app":"s","region":"eu","ip":"10.50.0.1","port":80})", "id", "'a\\\\x0ab' has a blank"},
      {R"({"id":"a","app":"s","region":"eu","ip":"web.internal","port":80})", "ip", "is no IPv4 or IPv6 address"},
      {R"({"id":"a","app":"s","region":"eu","ip":"10.50.0.1","wg_ip":"10.50.0.2","port":80})", "wg_ip", "twice"},
      {R"({"id":"a","app":"s","region":"eu","ip":"10.50.0.1","port":80,"hard_limit":9})", "hard_limit", "is lower"},
      {R"({"id":"a","app":"s","region":"eu","ip":"10.50.0.1","port":80,"expires":9})", "expires", "is no field"},
      {R"({"id":"a","app":"s","region":"eu","ip":"10.50.0.1","port":80,"bind_device":"eth0"})", "bind_device", "is no"},
      {R"({"id":"a","app":"s","region":"eu","ip":"10.51.0.1","port":80})", "ip", "not within AllowedAddresses", 403},
      {R"({"id":"a","app":"s","region":"eu","ip":"127.0.0.1","port":80})", "ip", "not within AllowedAddresses", 403},
  };
  for (const auto& one : cases) {
    ask(servlet, "POST", "/api/v1/register", one.text);
    LONGS_EQUAL(one.status, status);
    says(one.why);
    if (*one.field) says(("\"field\":\"" + std::string(one.field) + "\"").c_str());
  }
  ask(servlet, "POST", "/api/v1/register", kGood, "Bearer 0123456789abcdef0123", "text/plain");
  LONGS_EQUAL(415, status);
  ask(servlet, "POST", "/api/v1/register", std::string(17000, ' ').c_str());
  LONGS_EQUAL(413, status);
  settings.rules.apps = {"web"};
  BackendRegistryServlet strict(settings);
  ask(strict, "POST", "/api/v1/register", kGood);
  LONGS_EQUAL(403, status);
  says("AllowedApps");
}

TEST(BackendRegistry, a_file_that_cannot_be_changed_is_503) {
  BackendRegistryServlet servlet(settings);
  for (const char* path : {"/api/v1/register", "/api/v1/heartbeat/a"}) {
    ask(servlet, "POST", path, kGood);
    LONGS_EQUAL(503, status);
  }
  CHECK_FALSE(std::filesystem::exists(db));
}

#if NAVAJO_HAVE_SQLITE

TEST(BackendRegistry, who_registers_is_in_the_table_until_its_time_is_over) {
  make_db();
  BackendRegistryServlet servlet(settings);
  ask(servlet, "POST", "/api/v1/register", kGood, "Bearer 0123456789abcdef0123", "application/json; charset=utf-8");
  LONGS_EQUAL(201, status);
  says(R"({"id":"eu-1","registered":true,)");
  LONGS_EQUAL(1, rows().size());
  const route::BackendRow row = rows()[0];
  STRCMP_EQUAL("10.50.1.1", row.host.c_str());
  STRCMP_EQUAL("DE", row.country.c_str());
  LONGS_EQUAL(2, row.weight);
  LONGS_EQUAL(100, row.soft_limit);
  LONGS_EQUAL(150, row.hard_limit);
  LONGS_EQUAL(g_time + 60, row.expires);
  g_time += 50;
  ask(servlet, "POST", "/api/v1/heartbeat/eu-1");
  LONGS_EQUAL(200, status);
  says(R"({"id":"eu-1","status":"ok"})");
  g_time += 50;
  ask(servlet, "GET", "/api/v1/backends/eu-1");
  LONGS_EQUAL(200, status);
  says(R"("last_heartbeat_secs":50,"expires_in_secs":10)");
  g_time += 10;
  ask(servlet, "POST", "/api/v1/heartbeat/eu-1");
  LONGS_EQUAL(404, status);
  says("backend not registered");
  ask(servlet, "GET", "/api/v1/backends/eu-1");
  LONGS_EQUAL(404, status);
  LONGS_EQUAL(0, rows().size());
}

TEST(BackendRegistry, lists_and_removes_what_registered_and_nothing_else) {
  make_db();
  {
    auto file = route::RoutingDb::open(db, route::RoutingDb::Missing::fault);
    route::BackendRow row;
    row.id = "static";
    row.app = "shop";
    row.host = "10.0.0.1";
    row.port = 80;
    CHECK_TRUE(file->add(row).ok());
  }
  BackendRegistryServlet servlet(settings);
  ask(servlet, "POST", "/api/v1/register", kGood);
  ask(servlet, "GET", "/api/v1/backends");
  says(R"({"backends":[{"id":"eu-1","app":"shop","region":"eu","country":"DE","ip":"10.50.1.1","port":8080,)");
  says(R"("total":1})");
  ask(servlet, "HEAD", "/api/v1/backends");
  LONGS_EQUAL(200, status);
  STRCMP_EQUAL("", body.c_str());
  ask(servlet, "POST", "/api/v1/register", R"({"id":"static","app":"shop","region":"eu","ip":"10.50.0.9","port":1})");
  LONGS_EQUAL(409, status);
  for (const char* id : {"static", "none"}) {
    ask(servlet, "DELETE", (std::string("/api/v1/backends/") + id).c_str());
    LONGS_EQUAL(404, status);
  }
  ask(servlet, "DELETE", "/api/v1/backends/eu-1");
  LONGS_EQUAL(200, status);
  says(R"({"id":"eu-1","deregistered":true})");
  LONGS_EQUAL(1, rows().size());
}

TEST(BackendRegistry, no_more_register_than_may) {
  make_db();
  settings.most = 1;
  BackendRegistryServlet servlet(settings);
  ask(servlet, "POST", "/api/v1/register", kGood);
  LONGS_EQUAL(201, status);
  ask(servlet, "POST", "/api/v1/register", R"({"id":"b","app":"shop","region":"eu","ip":"10.50.0.9","port":1})");
  LONGS_EQUAL(503, status);
  ask(servlet, "POST", "/api/v1/register", kGood);  // again
  LONGS_EQUAL(201, status);
}

#endif
