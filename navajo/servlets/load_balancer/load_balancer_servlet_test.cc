#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/config/web_xml.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/load_balancer/load_balancer_servlet.h"
#include "navajo/servlets/load_balancer/probe.h"
#include "navajo/servlets/http_connector/replayable_request.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using api::FakeRequest;
using api::FakeResponse;
using api::Outcome;
using api::Upstream;
using servlets::LoadBalancerServlet;

namespace {

std::vector<std::string>* g_lines;

class Target final : public api::Servlet {
 public:
  Outcome outcome = Outcome::answered();
  int status = 200;
  std::atomic<int> calls{0};
  std::vector<std::string> bodies, targets;

  Outcome service(api::Request& request, api::Response& response) override {
    targets.emplace_back(request.target());
    std::string body;
    char bytes[7];
    while (true) {
      const api::BodyRead read = request.body().read(bytes);
      if (read.status != api::BodyStatus::data) break;
      body.append(bytes, read.bytes);
    }
    bodies.push_back(body);
    calls++;
    if (outcome.is_answered()) response.set_status(status);
    return outcome;
  }
  void fail(Upstream how) { outcome = {502, "some_cause", how}; }
};

class Names final : public api::Components {
 public:
  std::map<std::string, api::Servlet*, std::less<>> servlets;
  api::Servlet* servlet(std::string_view name) const override {
    const auto found = servlets.find(name);
    return found == servlets.end() ? nullptr : found->second;
  }
  api::Filter* filter(std::string_view) const override { return nullptr; }
};

}  // namespace

TEST_GROUP(LoadBalancer) {
  Target a, b, c;
  Names names;
  std::vector<std::string> lines;
  servlets::load_balancer::Settings settings{"Balancer", {"a", "b"}, 10s, "", 5s};
  std::unique_ptr<LoadBalancerServlet> balancer;

  void setup() override {
    g_lines = &lines;
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_lines->emplace_back(text); },
                          [](observe::Level level) { return level <= observe::Level::info; });
    names.servlets = {{"a", &a}, {"b", &b}, {"c", &c}};
  }
  void teardown() override {
    balancer.reset();
    observe::set_log_sink(nullptr, nullptr);
  }
  void make() {
    balancer = std::make_unique<LoadBalancerServlet>(settings);
    balancer->link(names);
  }
  Outcome ask(const char* method = "GET", std::string_view body = {}) {
    FakeRequest request(method, "/x");
    if (!body.empty()) request.with_body(body);
    FakeResponse response;
    return balancer->service(request, response);
  }
};

TEST(LoadBalancer, targets_take_turns) {
  make();
  for (int i = 0; i < 6; i++) CHECK_TRUE(ask().is_answered());
  LONGS_EQUAL(3, a.calls);
  LONGS_EQUAL(3, b.calls);
}

TEST(LoadBalancer, one_that_is_unreachable_is_down_and_its_request_goes_to_the_next) {
  make();
  a.fail(Upstream::unreachable);
  for (int i = 0; i < 5; i++) CHECK_TRUE(ask("POST", "some body text").is_answered());
  LONGS_EQUAL(1, a.calls);
  LONGS_EQUAL(5, b.calls);
  for (const std::string& body : b.bodies) STRCMP_EQUAL("some body text", body.c_str());
  LONGS_EQUAL(1, lines.size());
  STRCMP_EQUAL("NVJ1475 target a of Balancer is down (some_cause), a request tries it after RetryTimeout",
               lines[0].c_str());
}

TEST(LoadBalancer, a_request_that_may_have_been_worked_on_is_repeated_once_if_idempotent) {
  settings.targets = {"a", "b", "c"};
  make();
  for (Target* target : {&a, &b, &c}) target->fail(Upstream::died);
  CHECK_FALSE(ask("POST").is_answered());
  LONGS_EQUAL(1, a.calls + b.calls + c.calls);
  CHECK_FALSE(ask("GET").is_answered());
  LONGS_EQUAL(3, a.calls + b.calls + c.calls);
}

TEST(LoadBalancer, a_failed_or_refused_request_is_not_repeated) {
  make();
  for (const Upstream how : {Upstream::failed, Upstream::unknown}) {
    a.fail(how);
    b.fail(how);
    const int before = a.calls + b.calls;
    LONGS_EQUAL(502, ask().status);
    LONGS_EQUAL(before + 1, a.calls + b.calls);
  }
}

TEST(LoadBalancer, a_large_body_that_was_read_ends_the_search) {
  make();
  a.fail(Upstream::unreachable);
  b.fail(Upstream::unreachable);
  CHECK_FALSE(ask("PUT", std::string(servlets::http_connector::ReplayableRequest::kLimit + 1, 'x')).is_answered());
  LONGS_EQUAL(1, a.calls + b.calls);
}

TEST(LoadBalancer, a_body_can_be_read_again_and_then_goes_on) {
  FakeRequest request("PUT", "/x");
  request.with_chunks({"abc", "def", "ghi"});
  servlets::http_connector::ReplayableRequest replayable(request);
  char bytes[16];
  CHECK_EQUAL(3u, replayable.body().read(bytes).bytes);
  CHECK_TRUE(replayable.rewind());
  std::string all;
  for (api::BodyRead read; (read = replayable.body().read(bytes)).status == api::BodyStatus::data;)
    all.append(bytes, read.bytes);
  STRCMP_EQUAL("abcdefghi", all.c_str());
}

TEST(LoadBalancer, when_all_are_down_one_request_a_second_tries_and_others_are_503) {
  make();
  a.fail(Upstream::unreachable);
  b.fail(Upstream::unreachable);
  LONGS_EQUAL(502, ask().status);
  const int before = a.calls + b.calls;
  LONGS_EQUAL(502, ask().status);
  LONGS_EQUAL(503, ask().status);
  LONGS_EQUAL(before + 1, a.calls + b.calls);
  STRCMP_CONTAINS("NVJ1478 all targets of Balancer are down", lines.back().c_str());
}

TEST(LoadBalancer, with_IsAliveURI_only_its_200_brings_a_target_back) {
  connector::BackendList targets({{.host = "a", .port = 0, .text = "a", .host_field = {}},
                                  {.host = "b", .port = 0, .text = "b", .host_field = {}}},
                                 {.recovery = connector::Recovery::by_probe, .retry_timeout = 0s}, nullptr);
  const std::vector<api::Servlet*> servlets{&a, &b};
  servlets::load_balancer::AliveProber prober(targets, servlets, "/alive?x=1", 0s, 5s);
  prober.probe_all();
  LONGS_EQUAL(0, a.calls + b.calls);
  const auto now = base::system_clock().now();
  targets.connect_failed(0, connector::Cause::connect_failed, now);
  targets.connected(0);
  targets.answered(0, 200, now);
  CHECK_TRUE(targets[0].bad());
  CHECK_EQUAL(1u, targets.choose({}, now + 60s));
  a.status = 503;
  prober.probe_all();
  CHECK_TRUE(targets[0].bad());
  a.fail(Upstream::unreachable);
  prober.probe_all();
  CHECK_TRUE(targets[0].bad());
  a.outcome = Outcome::answered();
  a.status = 200;
  prober.probe_all();
  CHECK_FALSE(targets[0].bad());
  LONGS_EQUAL(3, a.calls);
  LONGS_EQUAL(0, b.calls);
  STRCMP_EQUAL("/alive?x=1", a.targets[0].c_str());
}

TEST(LoadBalancer, a_child_asks_by_itself_and_stops_when_it_ends) {
  settings.is_alive_uri = "/alive";
  settings.retry_timeout = 1s;
  make();
  a.fail(Upstream::unreachable);
  for (int i = 0; i < 2; i++) CHECK_TRUE(ask().is_answered());
  LONGS_EQUAL(1, a.calls);
  a.outcome = Outcome::answered();
  balancer->start_child();
  while (a.calls == 1) std::this_thread::yield();  // two seconds at most
  balancer->stop_child();
  STRCMP_EQUAL("/alive", a.targets.back().c_str());
}

TEST(LoadBalancer, mistakes_in_Servlets_are_named) {
  auto web = std::make_shared<config::WebXml>();
  const auto declare = [&](const char* name, const char* class_name, const char* targets) {
    config::WebComponent servlet;
    servlet.name.text = name;
    servlet.class_name.text = class_name;
    if (*targets) servlet.params["Servlets"] = {targets, {}};
    web->servlets.push_back(servlet);
  };
  declare("self", "LoadBalancerServlet", "");
  declare("back", "LoadBalancerServlet", "between");
  declare("between", "ch::nevis::nevisproxy::servlet::loadbalancer::LoadBalancerServlet", "self");
  declare("shop1", "BackendConnectorServlet", "");
  container::ComponentContext context;
  context.name = "self";
  context.web_xml = web;
  const container::ServletRow& row = servlets::load_balancer_rows()[0];
  const auto faults = [&](const char* targets, const char* uri = "/alive") {
    config::Diagnostics diagnostics;
    const config::Params params("servlet 'self'", {"web.xml", 1, 1}, row.params,
                                {{"Servlets", {targets, {"web.xml", 7, 20}}},
                                 {"RetryTimeout", {"10", {}}},
                                 {"IsAliveURI", {uri, {}}}},
                                diagnostics);
    const auto made = row.make(context, params);
    CHECK_TRUE((made == nullptr) == !diagnostics.ok());
    std::string text;
    for (const config::Fault& fault : diagnostics.faults()) text += fault.line() + "\n";
    return text;
  };
  STRCMP_EQUAL("", faults("shop1").c_str());
  STRCMP_CONTAINS("web.xml:7:20", faults("shop2").c_str());
  STRCMP_CONTAINS("'shop2' is no servlet of this web.xml, did you mean 'shop1'?", faults("shop2").c_str());
  STRCMP_CONTAINS("'self' is this servlet itself", faults("self, shop1").c_str());
  STRCMP_CONTAINS("'back' leads back to this servlet", faults("back").c_str());
  STRCMP_CONTAINS("'shop1' stands there twice", faults("shop1 shop1").c_str());
  STRCMP_CONTAINS("'alive' is no plain path", faults("shop1", "alive").c_str());
  STRCMP_CONTAINS("is no plain path", faults("shop1", "/%61").c_str());
}
