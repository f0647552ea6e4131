#include <map>
#include <memory>
#include <string>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/connector/reactor_fixture.h"
#include "navajo/connector/scripted_backend.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/backend_connector/backend_connector_servlet.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using api::FakeRequest;
using api::FakeResponse;
using api::FakeStatusWriter;
using connector::ScriptedBackend;
using servlets::BackendConnectorServlet;
using servlets::backend_connector::AllowedAddresses;
using connector::ConnectorCache;

namespace {

// Made before the tests, which look for leaks.
const auto rows = servlets::backend_connector_rows();
[[maybe_unused]] const auto& process_wide = reactor::Resolver::process_wide();
std::vector<std::string>* g_lines;

void answer(ScriptedBackend::Peer& peer) {
  while (peer.read_head()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

connector::BackendAddress address_of(const std::string& text) { return connector::parse_addresses(text, 80)->front(); }

}  // namespace

TEST_GROUP(BackendConnector) {
  using InitParams = std::map<std::string, std::string>;
  reactor::Resolver resolver;
  std::vector<std::string> lines;
  std::string faults;

  void setup() override {
    g_lines = &lines;
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_lines->emplace_back(text); },
                          [](observe::Level level) { return level <= observe::Level::info; });
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }

  std::unique_ptr<BackendConnectorServlet> make(InitParams params, const char* secure = "false") {
    if (*secure) params.emplace("Secure", secure);
    std::map<std::string, config::ParamValue, std::less<>> values;
    for (const auto& [name, text] : params) values[name] = {text, {"web.xml", 1, 1}};
    config::Diagnostics diagnostics;
    const config::Params checked("servlet x", {"web.xml", 1, 1}, rows[0].params, std::move(values), diagnostics);
    auto settings = servlets::backend_connector::read_settings(checked, "/nowhere");
    faults.clear();
    for (const config::Fault& fault : diagnostics.faults()) faults += fault.text + "\n";
    CHECK_TRUE((settings != nullptr && diagnostics.ok()) == faults.empty());
    if (!settings || !diagnostics.ok()) return nullptr;
    return std::make_unique<BackendConnectorServlet>(std::move(*settings), resolver);
  }
  void refuses(InitParams params, const char* text, const char* secure = "false") {
    CHECK_TRUE(make(std::move(params), secure) == nullptr);
    STRCMP_CONTAINS(text, faults.c_str());
  }
};

TEST(BackendConnector, forwards_to_its_one_backend) {
  ScriptedBackend backend(answer);
  const auto servlet = make({{"InetAddress", backend.address()}});
  STRCMP_EQUAL("", faults.c_str());
  FakeRequest request("GET", "/x?y");
  FakeResponse response;
  CHECK_TRUE(servlet->service(request, response).is_answered());
  STRCMP_EQUAL("ok", response.body.c_str());
  STRCMP_EQUAL("GET /x?y HTTP/1.1", backend.request(0).line.c_str());
  STRCMP_EQUAL(backend.address().c_str(), backend.request(0).field("Host").c_str());
}

TEST(BackendConnector, TLS_is_the_default) {
  ScriptedBackend plain([](ScriptedBackend::Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  for (const char* secure : {"", "true"}) {
    const auto servlet = make({{"InetAddress", plain.address()}}, secure);
    STRCMP_EQUAL("", faults.c_str());
    FakeRequest request;
    FakeResponse response;
    const api::Outcome outcome = servlet->service(request, response);
    LONGS_EQUAL(502, outcome.status);
    STRCMP_EQUAL("tls_failed", outcome.cause);
    STRCMP_CONTAINS("NVJ1214", lines.back().c_str());
    STRCMP_CONTAINS("does it speak TLS?", lines.back().c_str());
  }
}

TEST(BackendConnector, parameters_of_TLS_are_read) {
  refuses({{"InetAddress", "app"}, {"Secure.Protocol", "TLSv9"}}, "'TLSv9' is none of", "");
  refuses({{"InetAddress", "app"}, {"Secure.CACertificateFile", "ca.pem"}}, "/nowhere/ca.pem cannot be read", "");
  refuses({{"InetAddress", "app"}, {"Secure.Protocol", "all"}}, "says nothing while Secure is false");
  refuses({{"InetAddress", "unix:/run/app"}}, "set Secure.ServerName", "");
  CHECK_TRUE(make({{"InetAddress", "unix:/run/app"}, {"Secure.ServerName", "app"}}, "") != nullptr);
}

TEST(BackendConnector, mistakes_are_named) {
  refuses({{"InetAddress", "a b"}}, "names more than one backend");
  refuses({{"InetAddress", "a:x"}}, "'a:x' is no host:port");
  refuses({{"InetAddress", "HEADER:X-Backend;"}}, "needs InetAddress.Allowed");
  refuses({{"InetAddress", "HEADER:X-Backend;"}, {"InetAddress.Allowed", "a:b"}}, "'a:b' is no host[:port]");
  refuses({{"InetAddress", "a"}, {"InetAddress.Allowed", "b"}}, "has an effect with a dynamic InetAddress only");
  refuses({{"InetAddress", "a"}, {"InetAddress.MaxBufferedDynamic", "1001"}}, "MaxBufferedDynamic");
  refuses({{"InetAddress", "a"}, {"LoadBalancing", "true"}}, "has no init-param 'LoadBalancing'");
}

TEST(BackendConnector, a_dynamic_address_is_taken_from_the_request_if_it_is_allowed) {
  ScriptedBackend backend(answer), other(answer);
  const auto servlet = make({{"InetAddress", "CONST:127.0.0.1\\:;HEADER:X-Port;"},
                             {"InetAddress.Allowed", "127.0.0.1:" + std::to_string(backend.port())}});
  STRCMP_EQUAL("", faults.c_str());
  const auto ask = [&](const std::string& port) {
    FakeRequest request;
    request.with("X-Port", port);
    FakeResponse response;
    return servlet->service(request, response).status;
  };
  LONGS_EQUAL(0, ask(std::to_string(backend.port())));
  LONGS_EQUAL(0, ask(std::to_string(backend.port())));
  LONGS_EQUAL(1, backend.connections());
  LONGS_EQUAL(403, ask(std::to_string(other.port())));
  STRCMP_CONTAINS("NVJ1277", lines.back().c_str());
  LONGS_EQUAL(502, ask("no port"));
  LONGS_EQUAL(502, ask("80 evil.example.test:80"));
  LONGS_EQUAL(0, other.connections());
}

TEST(BackendConnector, what_is_allowed_is_compared_as_host_and_port) {
  const auto allowed = AllowedAddresses::parse("App.Example.Test, *.svc.test:8080 any.test:* [::1]:81", 80);
  const auto has = [&](const char* text) { return allowed->contains(address_of(text)); };
  for (const char* good : {"app.example.test", "APP.example.test:80", "a.svc.test:8080", "a.b.svc.test:8080",
                           "any.test:1", "[::1]:81"})
    CHECK_TRUE_TEXT(has(good), good);
  for (const char* bad : {"app.example.test:81", "svc.test:8080", "xsvc.test:8080", "a.svc.test:80",
                          "app.example.test.evil.test", "[::1]:80", "unix:/run/any.test"})
    CHECK_FALSE_TEXT(has(bad), bad);
  for (const char* fault : {"*", "a:b", "unix:/x", "*.:80"})
    CHECK_FALSE_TEXT(AllowedAddresses::parse(fault, 80).ok(), fault);
}

TEST(BackendConnector, the_address_unused_for_longest_gives_way) {
  ConnectorCache cache(2, {}, resolver);
  const auto a = cache.get(address_of("a"));
  CHECK_TRUE(a == cache.get(address_of("a")));
  const auto* b = cache.get(address_of("b")).get();
  (void)cache.get(address_of("a"));
  (void)cache.get(address_of("c"));  // b goes
  CHECK_TRUE(a == cache.get(address_of("a")));
  CHECK_EQUAL(2u, cache.numbers().kept);
  CHECK_EQUAL(1u, cache.numbers().retired);
  (void)b;
  (void)cache.get(address_of("d"));  // c goes, b is closed
  CHECK_EQUAL(1u, cache.numbers().retired);
}

TEST(BackendConnector, addresses_that_change_faster_than_requests_end_do_not_pile_up) {
  ConnectorCache cache(1, {}, resolver);
  std::vector<std::shared_ptr<connector::Connector>> in_use;
  for (const char* name : {"a", "b", "c", "d", "e"}) in_use.push_back(cache.get(address_of(name)));
  CHECK_EQUAL(1u, cache.numbers().kept);
  CHECK_EQUAL(1u, cache.numbers().retired);
  in_use.clear();
  (void)cache.get(address_of("f"));
  CHECK_EQUAL(1u, cache.numbers().kept);
  CHECK_EQUAL(1u, cache.numbers().retired);
}

TEST(BackendConnector, a_retired_connector_waits_for_its_idle_connections) {
  ScriptedBackend backend([](ScriptedBackend::Peer& peer) { peer.wait_for_close(); });
  connector::ConnectorOptions options;
  options.pool.max_idle = 2;
  options.pool.idle_timeout = 60s;
  ConnectorCache cache(1, options, resolver);
  connector::Connector* raw = nullptr;
  connector::ReactorFixture fixture;
  fixture.run([&] {
    raw = cache.get(address_of(backend.address())).get();
    const auto now = base::system_clock().now();
    raw->open(0, connector::Freshness::any, reactor::Deadline::never(), now)->give_back(now);
  });
  (void)cache.get(address_of("b"));
  (void)cache.get(address_of("c"));
  CHECK_EQUAL(1u, cache.numbers().retired);  // still the first
  fixture.post([&] { raw->drop_pool_of_this_thread(); });
}
