#include "navajo/servlets/edge_connector/edge_connector_servlet.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/connector/scripted_backend.h"
#include "navajo/container/shared_services.h"
#include "navajo/observe/log.h"
#include "navajo/route/routing_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using api::FakeRequest;
using api::FakeResponse;
using connector::ScriptedBackend;

namespace {

// Made before the tests, which look for leaks.
const auto rows = servlets::edge_connector_rows();
[[maybe_unused]] const auto& process_wide = reactor::Resolver::process_wide();
std::vector<std::string>* g_lines;

uint16_t port_of(const std::string& address) {
  return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

// Requests of these tests have no body, or "carry me".
void take_request(ScriptedBackend& backend, ScriptedBackend::Peer& peer, const char* response) {
  while (peer.read_head()) {
    if (backend.request(backend.requests() - 1).field("Content-Length") == "8") peer.read(8);
    peer.send(response);
  }
}
constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_GROUP(EdgeConnectorServlets) {
  std::vector<std::string> lines;
  std::shared_ptr<route::ChangedTable> table;
  container::SharedServices services;
  std::string faults;

  void setup() override {
    g_lines = &lines;
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_lines->emplace_back(text); },
                          [](observe::Level) { return true; });
  }
  void teardown() override {
    services.routers.clear();
    route::forget_segments();
    observe::set_log_sink(nullptr, nullptr);
  }

  static route::BackendRow row(const char* id, const ScriptedBackend* backend, const char* app = "shop") {
    route::BackendRow out = route::backend(id);
    out.app = app;
    out.host = "127.0.0.1";
    out.port = backend ? port_of(backend->address()) : 1;
    return out;
  }
  void open(std::vector<route::BackendRow> table_rows, route::Binding binding = route::Binding::none) {
    table = std::make_shared<route::ChangedTable>(std::move(table_rows));
    route::RouterOptions options;
    options.name = "edge";
    options.policy = route::Policy::round_robin;
    options.binding = binding;
    options.retry_percent = 100;
    options.queue = 0;
    auto opened = route::open_router(options, table);
    CHECK(opened.ok());
    services.routers["edge"] = *opened;
  }
  std::unique_ptr<api::Servlet> make(std::map<std::string, std::string> params) {
    params.emplace("Routing", "edge");
    params.emplace("App", "shop");
    params.emplace("KeepAlive", "false");
    std::map<std::string, config::ParamValue, std::less<>> values;
    for (const auto& [name, text] : params) values[name] = {text, {"web.xml", 1, 1}};
    config::Diagnostics found;
    const config::Params checked("servlet x", {"web.xml", 1, 1}, rows[0].params, std::move(values), found);
    container::ComponentContext context;
    context.services = &services;
    auto made = rows[0].make(context, checked);
    faults.clear();
    for (const config::Fault& fault : found.faults()) faults += fault.line() + "\n";
    return made;
  }
};

TEST(EdgeConnectorServlets, a_post_goes_to_the_next_backend_when_nothing_was_sent) {
  ScriptedBackend backend([&](ScriptedBackend::Peer& peer) { take_request(backend, peer, kOk); });
  open({row("dead", nullptr), row("one", &backend)});
  const auto servlet = make({});
  for (int i = 0; i < 2; i++) {
    FakeRequest request("POST", "/");
    request.with_body("carry me").with("Content-Length", "8");
    FakeResponse response;
    CHECK(servlet->service(request, response).is_answered());
    STRCMP_EQUAL("ok", response.body.c_str());
    STRCMP_EQUAL("one", request.variables["NAVAJO_BACKEND"].c_str());
  }
}

TEST(EdgeConnectorServlets, what_a_backend_has_seen_is_sent_again_only_if_idempotent) {
  ScriptedBackend silent([](ScriptedBackend::Peer& peer) { peer.read_head(); });
  ScriptedBackend silent_too([](ScriptedBackend::Peer& peer) { peer.read_head(); });
  open({row("one", &silent), row("two", &silent_too)});
  const auto servlet = make({});
  FakeRequest post("POST", "/");
  FakeResponse response;
  CHECK_EQUAL(502, servlet->service(post, response).status);
  CHECK_EQUAL(1u, silent.requests() + silent_too.requests());
  FakeRequest get("GET", "/");
  CHECK_EQUAL(502, servlet->service(get, response).status);
  CHECK_EQUAL(3u, silent.requests() + silent_too.requests());
}

TEST(EdgeConnectorServlets, who_finds_all_backends_full_is_told_when_to_come_back) {
  ScriptedBackend backend([&](ScriptedBackend::Peer& peer) { take_request(backend, peer, kOk); });
  route::BackendRow full = row("one", &backend);
  full.soft_limit = full.hard_limit = 1;
  open({full});
  const auto servlet = make({});
  route::Asker other;
  other.app = "shop";
  const route::Choice held = services.routers["edge"]->choose(other, reactor::Deadline::never());
  CHECK(static_cast<bool>(held));
  FakeRequest request;
  FakeResponse response;
  const api::Outcome outcome = servlet->service(request, response);
  CHECK_EQUAL(503, outcome.status);
  STRCMP_EQUAL("backends_full", outcome.cause);
  STRCMP_EQUAL("1", std::string(response.fields.get("Retry-After").value_or("")).c_str());
  CHECK_EQUAL(0u, backend.requests());
}

TEST(EdgeConnectorServlets, an_app_nobody_knows_is_refused) {
  ScriptedBackend backend([&](ScriptedBackend::Peer& peer) { take_request(backend, peer, kOk); });
  open({row("one", &backend)});
  const auto servlet = make({{"App", "HEADER:X-App;"}});
  FakeRequest known, unknown;
  FakeResponse response, refusal;
  known.with("X-App", "shop");
  unknown.with("X-App", "other");
  CHECK(servlet->service(known, response).is_answered());
  CHECK_EQUAL(503, servlet->service(unknown, refusal).status);
}

TEST(EdgeConnectorServlets, a_cookie_is_the_key_that_binds) {
  ScriptedBackend one([&](ScriptedBackend::Peer& peer) { take_request(one, peer, kOk); });
  ScriptedBackend two([&](ScriptedBackend::Peer& peer) { take_request(two, peer, kOk); });
  open({row("one", &one), row("two", &two)}, route::Binding::key);
  const auto servlet = make({{"Key.Cookie", "sid"}});
  const auto backend_of = [&](const std::string& cookie) {
    FakeRequest request;
    request.with("Cookie", cookie);
    FakeResponse response;
    CHECK(servlet->service(request, response).is_answered());
    return request.variables["NAVAJO_BACKEND"];
  };
  const std::string first = backend_of("a=b; sid=1"), second = backend_of("sid=2; a=b");
  CHECK(first != second);
  for (int i = 0; i < 3; i++) {
    STRCMP_EQUAL(first.c_str(), backend_of("sid=1").c_str());
    STRCMP_EQUAL(second.c_str(), backend_of("sid=2").c_str());
  }
}

TEST(EdgeConnectorServlets, a_backend_may_ask_for_another_app_and_its_response_goes_no_further) {
  ScriptedBackend asks([&](ScriptedBackend::Peer& peer) {
    take_request(asks, peer, "HTTP/1.1 409 Conflict\r\nNavajo-Replay: app=other\r\nContent-Length: 2\r\n\r\nno");
  });
  ScriptedBackend serves([&](ScriptedBackend::Peer& peer) { take_request(serves, peer, kOk); });
  open({row("one", &asks), row("two", &serves, "other")});
  const auto servlet = make({{"Replay.Field", "Navajo-Replay"}});
  FakeRequest request("POST", "/");
  request.with_body("carry me").with("Content-Length", "8");
  FakeResponse response;
  CHECK(servlet->service(request, response).is_answered());
  CHECK_EQUAL(200, response.status());
  STRCMP_EQUAL("ok", response.body.c_str());
  STRCMP_EQUAL("(none)", response.fields.get("Navajo-Replay") ? "there" : "(none)");
}

TEST(EdgeConnectorServlets, replays_end) {
  ScriptedBackend asks([&](ScriptedBackend::Peer& peer) {
    take_request(asks, peer, "HTTP/1.1 200 OK\r\nNavajo-Replay: app=shop\r\nContent-Length: 2\r\n\r\nno");
  });
  ScriptedBackend too([&](ScriptedBackend::Peer& peer) {
    take_request(too, peer, "HTTP/1.1 200 OK\r\nNavajo-Replay: elsewhere\r\nContent-Length: 2\r\n\r\nno");
  });
  open({row("one", &asks), row("two", &too)});
  const auto servlet = make({{"Replay.Field", "navajo-replay"}, {"Replay.Max", "1"}});
  FakeRequest request;
  FakeResponse response;
  const api::Outcome outcome = servlet->service(request, response);
  CHECK_EQUAL(502, outcome.status);
  STRCMP_EQUAL("replay_asked", outcome.cause);
  CHECK_EQUAL(2u, asks.requests() + too.requests());
}

TEST(EdgeConnectorServlets, faults_name_what_is_wrong) {
  open({row("one", nullptr)});
  CHECK(make({{"Routing", "egde"}}) == nullptr);
  STRCMP_CONTAINS("there is no Routing 'egde', did you mean 'edge'?", faults.c_str());
  CHECK(make({{"Replay.Field", "not a name"}}) == nullptr);
  STRCMP_CONTAINS("Replay.Field", faults.c_str());
  CHECK(make({{"Key.Cookie", "a=b"}}) == nullptr);
  STRCMP_CONTAINS("Key.Cookie", faults.c_str());
}
