#include "navajo/servlets/http_connector/upgrade.h"

#include <thread>

#include "navajo/connector/reactor_fixture.h"
#include "navajo/observe/status_segment.h"
#include "navajo/servlets/http_connector/servlet_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::servlets;
using namespace navajo::servlets::http_connector;

namespace {

constexpr const char kKey[] = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr const char kSwitching[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

FakeRequest& asking(FakeRequest& request) {
  return request.with("Connection", "keep-alive, Upgrade")
      .with("Upgrade", "WebSocket")
      .with("Sec-WebSocket-Key", kKey)
      .with("Sec-WebSocket-Version", "13");
}

}  // namespace

TEST_GROUP_BASE(Upgrade, ServletFixture) {
  void setup() override {
    ServletFixture::setup();
    response.upgradable = true;
  }

  std::unique_ptr<HttpConnectorServlet> allowing(const ScriptedBackend& backend, InitParams params = {}) {
    params.emplace("Upgrade", "websocket");
    return servlet(backend, std::move(params));
  }
  void refuses_answer(const std::string& head) {
    ScriptedBackend backend(always(head));
    FakeRequest request;
    const Outcome outcome = allowing(backend)->service(asking(request), response);
    LONGS_EQUAL(502, outcome.status);
    STRCMP_EQUAL("malformed_response", outcome.cause);
    CHECK_TRUE(response.upgraded == nullptr);
  }
};

TEST(Upgrade, the_key_of_RFC_6455_has_the_accept_of_RFC_6455) {
  STRCMP_EQUAL("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", websocket_accept(kKey).c_str());
}

TEST(Upgrade, is_not_forwarded_unless_it_is_allowed) {
  ScriptedBackend backend(always(kOk));
  FakeRequest request;
  answered(servlet(backend)->service(asking(request), response));
  STRCMP_EQUAL("(none)", backend.request(0).field("Upgrade").c_str());
  FakeRequest other("GET", "/");
  other.with("Connection", "Upgrade").with("Upgrade", "irc/6.9");
  answered(allowing(backend)->service(other, response));
  STRCMP_EQUAL("(none)", backend.request(1).field("Upgrade").c_str());
}

TEST(Upgrade, is_forwarded_once_it_is_asked_for_in_Connection_too) {
  ScriptedBackend backend(always(kOk));
  FakeRequest request;
  answered(allowing(backend)->service(asking(request), response));
  STRCMP_EQUAL("websocket", backend.request(0).field("Upgrade").c_str());
  STRCMP_EQUAL("Upgrade", backend.request(0).field("Connection").c_str());
  STRCMP_EQUAL(kKey, backend.request(0).field("Sec-WebSocket-Key").c_str());
  STRCMP_EQUAL("ok", response.body.c_str());  // a backend may answer as if nobody had asked
  FakeRequest silent;
  silent.with("Upgrade", "websocket").with("Sec-WebSocket-Key", kKey);
  answered(allowing(backend)->service(silent, response));
  STRCMP_EQUAL("(none)", backend.request(1).field("Upgrade").c_str());
}

TEST(Upgrade, a_101_hands_the_connection_over_with_its_fields) {
  ScriptedBackend backend(always(std::string(kSwitching) + "first bytes"));
  FakeRequest request;
  const auto one = allowing(backend);
  answered(one->service(asking(request), response));
  LONGS_EQUAL(101, response.the_status);
  STRCMP_EQUAL("websocket", std::string(response.fields.get("Upgrade").value_or("")).c_str());
  STRCMP_EQUAL("Upgrade", std::string(response.fields.get("Connection").value_or("")).c_str());
  STRCMP_EQUAL("chat", std::string(response.fields.get("Sec-WebSocket-Protocol").value_or("")).c_str());
  CHECK_TRUE(response.upgraded != nullptr);
  response.upgraded.reset();  // before the servlet
}

TEST(Upgrade, a_101_that_does_not_fit_the_question_is_502) {
  const std::string good = kSwitching;
  const auto with = [&](const char* from, const char* to) {
    std::string text = good;
    return text.replace(text.find(from), strlen(from), to);
  };
  refuses_answer(with("Upgrade: websocket", "Upgrade: h2c"));
  refuses_answer(with("Upgrade: websocket", "Upgrade: websocket\r\nUpgrade: websocket"));
  refuses_answer(with("Upgrade: websocket\r\n", ""));
  refuses_answer(with("Connection: Upgrade", "Connection: close"));
  refuses_answer(with("s3pP", "S3pP"));
  refuses_answer(with("Sec-WebSocket-Accept", "X-Accept"));
}

TEST(Upgrade, a_101_that_was_not_asked_for_is_502) { rejects(kSwitching, 502, "malformed_response"); }

TEST(Upgrade, a_backend_may_refuse) {
  ScriptedBackend backend(always("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"));
  FakeRequest request;
  answered(allowing(backend)->service(asking(request), response));
  LONGS_EQUAL(403, response.the_status);
  STRCMP_EQUAL("no", response.body.c_str());
}

TEST(Upgrade, what_is_no_handshake_is_refused_without_asking_a_backend) {
  ScriptedBackend backend(always(kOk));
  const auto one = allowing(backend);
  for (const char* key : {"", "short==", "dGhlIHNhbXBsZSBub25jZ?==", "dGhlIHNhbXBsZSBub25jZQ=="}) {
    FakeRequest request(strlen(key) == 24 && key[22] == '=' && key[21] == 'Q' ? "POST" : "GET", "/");
    request.with("Connection", "Upgrade").with("Upgrade", "websocket").with("Sec-WebSocket-Key", key);
    refused(400, "upgrade_malformed", one->service(request, response));
  }
  LONGS_EQUAL(0, backend.connections());
}

TEST(Upgrade, pages_of_other_origins_are_refused) {
  ScriptedBackend backend(always(kOk));
  const auto ask = [&](const char* allowed, const char* origin) {
    FakeRequest request;
    const auto one = allowing(backend, {{"Upgrade.Origins", allowed}});
    FakeResponse own;
    own.upgradable = true;
    return one->service(asking(request).with("Origin", origin), own).status;
  };
  LONGS_EQUAL(0, ask("own", "https://www.example.test"));
  LONGS_EQUAL(0, ask("own", "https://WWW.example.test:443"));
  LONGS_EQUAL(403, ask("own", "https://www.example.test:8443"));
  LONGS_EQUAL(403, ask("own", "https://evil.test"));
  LONGS_EQUAL(403, ask("own", "null"));
  LONGS_EQUAL(0, ask("any", "https://evil.test"));
  LONGS_EQUAL(0, ask("https://*.example.org", "https://app.example.org"));
  LONGS_EQUAL(403, ask("https://*.example.org", "http://app.example.org"));
  LONGS_EQUAL(403, ask("https://*.example.org", "https://app.example.org.evil.test"));
  LONGS_EQUAL(403, ask("https://*.example.org", "https://www.example.test"));
  LONGS_EQUAL(0, ask("own https://*.example.org", "https://www.example.test"));
  STRCMP_CONTAINS("NVJ2056 upgrade to websocket of 192.0.2.7 refused: origin_refused", lines.back().c_str());
}

TEST(Upgrade, a_connection_that_cannot_become_a_tunnel_is_told_so) {
  ScriptedBackend backend(always(kSwitching));
  response.upgradable = false;
  FakeRequest request;
  refused(501, "upgrade_impossible", allowing(backend)->service(asking(request), response));
  LONGS_EQUAL(0, backend.connections());
}

TEST(Upgrade, there_are_no_more_tunnels_than_allowed) {
  ScriptedBackend backend(always(kSwitching));
  const auto one = allowing(backend, {{"Upgrade.MaxTunnels", "1"}});
  {
    FakeRequest first, second;
    FakeResponse own;
    own.upgradable = true;
    answered(one->service(asking(first), own));
    refused(503, "too_many_tunnels", one->service(asking(second), response));
  }
  FakeRequest third;
  answered(one->service(asking(third), response));
  response.upgraded.reset();
}

TEST(Upgrade, its_parameters_arrive_and_mistakes_are_named) {
  const auto settings = made_settings({{"InetAddress", "app"},
                                       {"Upgrade", "WebSocket irc"},
                                       {"Upgrade.IdleTimeout", "off"},
                                       {"Upgrade.HalfClosedTimeout", "2s"},
                                       {"Upgrade.WriteTimeout", "3s"},
                                       {"Upgrade.MaxAge", "1h"},
                                       {"Upgrade.HalfClose", "false"},
                                       {"Upgrade.MaxTunnels", "7"},
                                       {"Upgrade.MaxTunnelsPerClient", "3"},
                                       {"UpdateSessionInterval", "5"}});
  const UpgradeSettings& upgrade = settings->upgrade;
  CHECK_EQUAL(2u, upgrade.protocols.size());
  STRCMP_EQUAL("websocket", upgrade.protocols[0].c_str());
  CHECK_TRUE(upgrade.limits.idle == base::Duration::max());
  CHECK_TRUE(upgrade.limits.half_closed == std::chrono::seconds(2));
  CHECK_TRUE(upgrade.limits.write == std::chrono::seconds(3));
  CHECK_TRUE(upgrade.limits.age == std::chrono::hours(1));
  CHECK_FALSE(upgrade.limits.half_close);
  CHECK_EQUAL(7u, upgrade.slots->total_limit());
  CHECK_EQUAL(3u, upgrade.slots->client_limit());
  CHECK_TRUE(upgrade.session_interval == std::chrono::seconds(5));
  const auto refuses = [](const InitParams& params, const char* text) {
    std::string faults;
    CHECK_TRUE(made_settings(params, &faults) == nullptr);
    STRCMP_CONTAINS(text, faults.c_str());
  };
  refuses({{"InetAddress", "app"}, {"Upgrade", "h2c"}}, "'h2c' is no protocol");
  refuses({{"InetAddress", "app"}, {"Upgrade.MaxAge", "1h"}}, "says nothing without Upgrade");
  refuses({{"InetAddress", "app"}, {"Upgrade", "websocket"}, {"Upgrade.Origins", "example.org"}}, "is no origin");
}
