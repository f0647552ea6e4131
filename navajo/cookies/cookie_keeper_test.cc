#include "navajo/cookies/cookie_keeper.h"

#include <memory>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::cookies;

namespace {

const config::ParamSpec kTable[] = {cookie_manager_param(true)};
std::string g_log;
int g_lines;
time_t wall() { return 1700000000; }

std::string values(const http::Headers& fields, std::string_view name) {
  std::string out;
  fields.for_each([&](std::string_view field, std::string_view value) {
    if (http::same_name(field, name)) out += "[" + std::string(value) + "]";
    return true;
  });
  return out;
}

}  // namespace

TEST_GROUP(CookieKeeper) {
  config::Diagnostics diagnostics;
  base::ManualClock clock;
  api::FakeSession session;
  std::unique_ptr<CookieKeeper> keeper;
  std::string arrived;      // the Cookie fields at the backend
  std::string client_has;   // Cookie of the next request
  std::string client_gets;  // Set-Cookie fields of the last response
  JarLimits limits;

  void setup() override {
    g_lines = 0;
    observe::set_log_sink(
        [](observe::LogId, std::string_view text) {
          g_log += text;
          g_lines++;
        },
        [](observe::Level) { return true; });
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  void rules(const char* text) {
    const config::Params params("servlet 's'", {"web.xml", 1, 1}, kTable,
                                {{kCookieManager, {text, {"web.xml", 10, 5}}}}, diagnostics);
    keeper = std::make_unique<CookieKeeper>("servlet 's'", CookieRules(params, kCookieManager),
                                            CookieJar("s", limits, clock, wall), clock);
    CHECK_TRUE(diagnostics.ok());
  }
  // One exchange; the backend sets these cookies.
  void exchange(std::vector<std::string> set_cookies = {}, bool in_session = true) {
    api::FakeRequest request("GET", "/x?y");
    api::FakeResponse response;
    if (!client_has.empty()) request.with("Cookie", client_has);
    if (in_session) request.set_session_source(&session);
    const std::string before = values(request.headers(), "Cookie");
    const api::Outcome outcome =
        keeper->run(request, response, {"app.example.test", "/x"}, [&](api::Request& seen, api::Response& answer) {
          arrived = values(seen.headers(), "Cookie");
          for (const std::string& one : set_cookies) answer.headers().add("Set-Cookie", one);
          return api::Outcome::answered();
        });
    CHECK_TRUE(outcome.is_answered());
    CHECK_TRUE(response.is_committed);
    STRCMP_EQUAL(before.c_str(), values(request.headers(), "Cookie").c_str());
    client_gets = values(response.headers(), "Set-Cookie");
  }
  bool reports(const char* line) {
    api::FakeStatusWriter writer;
    keeper->report(writer);
    return writer.has(line);
  }
};

TEST(CookieKeeper, a_stored_cookie_is_seen_by_the_backend_and_by_nobody_else) {
  rules("store:^J\nallow:");
  exchange({"JSESSIONID=1; Path=/", "lang=de"});
  STRCMP_EQUAL("[lang=de]", client_gets.c_str());
  client_has = "lang=de";
  exchange();
  STRCMP_EQUAL("[JSESSIONID=1; lang=de]", arrived.c_str());
  CHECK_TRUE(reports("cookies_stored 1"));
  CHECK_TRUE(reports("cookies_sent 1"));
}

TEST(CookieKeeper, the_clients_copy_of_a_stored_cookie_never_arrives) {
  rules("store:^J\nallow:");
  client_has = "JSESSIONID=planted; a=1; Jother=2";
  exchange();
  STRCMP_EQUAL("[a=1]", arrived.c_str());
  exchange({"JSESSIONID=real"});
  exchange();
  STRCMP_EQUAL("[JSESSIONID=real; a=1]", arrived.c_str());
}

TEST(CookieKeeper, a_store_rule_makes_a_session_when_there_is_something_to_store) {
  session.exists = false;
  rules("store:");
  exchange();
  exchange({"a=1; Max-Age=0"});
  CHECK_FALSE(session.exists);
  exchange({"a=1"});
  CHECK_TRUE(session.exists);
  STRCMP_EQUAL("", client_gets.c_str());
}

TEST(CookieKeeper, without_a_session_to_be_had_the_cookie_is_dropped_and_that_is_said_once_a_minute) {
  rules("store:");
  exchange({"a=secret"}, false);
  exchange({"a=secret"}, false);
  STRCMP_EQUAL("", client_gets.c_str());
  LONGS_EQUAL(1, g_lines);
  STRCMP_CONTAINS("NVJ1741 servlet 's' drops the cookie a of request test-request", g_log.c_str());
  CHECK_TRUE(g_log.find("secret") == std::string::npos);
  CHECK_TRUE(reports("cookies_without_session 2"));
  clock.advance(std::chrono::minutes(1));
  exchange({"a=1"}, false);
  LONGS_EQUAL(2, g_lines);
}

TEST(CookieKeeper, retain_stores_in_a_session_and_lets_pass_without_one) {
  rules("retain:");
  session.exists = false;
  client_has = "a=1";
  exchange({"b=2"});
  STRCMP_EQUAL("[b=2]", client_gets.c_str());
  STRCMP_EQUAL("[a=1]", arrived.c_str());
  CHECK_FALSE(session.exists);
  session.exists = true;
  exchange({"b=3"});
  STRCMP_EQUAL("", client_gets.c_str());
  STRCMP_EQUAL("", arrived.c_str());
  exchange();
  STRCMP_EQUAL("[b=3]", arrived.c_str());
}

TEST(CookieKeeper, a_blocked_cookie_goes_neither_way) {
  rules("block:^b$\nallow:^a$");
  client_has = "a=1; b=2; c=3";
  exchange({"a=1; Path=/x; Secure; SameSite=Lax", "b=2", "c=3"});
  STRCMP_EQUAL("[a=1]", arrived.c_str());
  STRCMP_EQUAL("[a=1; Path=/x; Secure; SameSite=Lax]", client_gets.c_str());
  CHECK_TRUE(reports("cookies_blocked_from_client 2"));
  CHECK_TRUE(reports("cookies_blocked_from_backend 2"));
}

TEST(CookieKeeper, a_request_with_nothing_left_has_no_Cookie_field) {
  rules("block:");
  client_has = "a=1";
  exchange();
  STRCMP_EQUAL("", arrived.c_str());
}

TEST(CookieKeeper, what_is_no_cookie_passes_neither_way) {
  rules("allow:");
  client_has = "novalue; =x; a=1; b c=2";
  exchange({"novalue", "a b=1", "a=1"});
  STRCMP_EQUAL("[a=1]", arrived.c_str());
  STRCMP_EQUAL("[a=1]", client_gets.c_str());
  CHECK_TRUE(reports("cookies_malformed 2"));
}

TEST(CookieKeeper, a_cookie_does_not_hide_behind_the_comma_of_another) {
  rules("store:^J\nallow:");
  client_has = "a=1, JSESSIONID=planted; b=1,2; c=x, y=2";
  exchange();
  STRCMP_EQUAL("[b=1,2; c=x, y=2]", arrived.c_str());
}

TEST(CookieKeeper, rules_of_today_hold_for_what_was_stored_yesterday) {
  rules("store:");
  exchange({"a=1", "b=2"});
  rules("block:^a$\nstore:");
  exchange();
  STRCMP_EQUAL("[b=2]", arrived.c_str());
}

TEST(CookieKeeper, a_cookie_without_room_is_dropped_counted_and_said) {
  limits.cookie_bytes = 10;
  rules("store:");
  exchange({"a=secret-secret"});
  STRCMP_EQUAL("", client_gets.c_str());
  STRCMP_CONTAINS("NVJ1740 servlet 's' does not keep the cookie a of request test-request: it is too long",
                  g_log.c_str());
  CHECK_TRUE(g_log.find("secret") == std::string::npos);
  CHECK_TRUE(reports("cookies_refused 1"));
  session.takes_more = false;
  clock.advance(std::chrono::minutes(1));
  exchange({"a=1"});
  STRCMP_CONTAINS("the session takes no more", g_log.c_str());
}

TEST(CookieKeeper, a_cookie_that_an_element_in_front_has_set_is_not_the_backends) {
  rules("block:");
  api::FakeRequest request;
  api::FakeResponse response;
  response.headers().add("Set-Cookie", "Session=own");
  (void)keeper->run(request, response, {"a", "/"}, [&](api::Request&, api::Response& answer) {
    answer.headers().add("Set-Cookie", "a=1");
    answer.headers().add("Set-Cookie2", "b=1");
    (void)answer.write(std::string_view("ok"));
    return api::Outcome::answered();
  });
  STRCMP_EQUAL("[Session=own]", values(response.headers(), "Set-Cookie").c_str());
  STRCMP_EQUAL("", values(response.headers(), "Set-Cookie2").c_str());
}

TEST(CookieKeeper, the_fields_of_a_refusal_are_judged_as_well) {
  rules("block:");
  api::FakeRequest request;
  api::FakeResponse response;
  const api::Outcome outcome = keeper->run(request, response, {"a", "/"}, [&](api::Request&, api::Response& answer) {
    answer.headers().add("Set-Cookie", "a=1");
    return api::Outcome::refused(502, "backend_closed");
  });
  LONGS_EQUAL(502, outcome.status);
  CHECK_FALSE(response.is_committed);
  STRCMP_EQUAL("", values(response.headers(), "Set-Cookie").c_str());
}

TEST(CookieKeeper, what_elements_behind_it_add_goes_with_the_rest) {
  rules("allow:");
  client_has = "a=1";
  api::FakeRequest request;
  request.with("Cookie", "a=1").with("Accept", "*/*");
  api::FakeResponse response;
  (void)keeper->run(request, response, {"a", "/"}, [&](api::Request& seen, api::Response&) {
    seen.headers().set("Cookie", "b=2");
    STRCMP_EQUAL("[b=2]", values(seen.headers(), "cookie").c_str());
    STRCMP_EQUAL("[*/*]", values(seen.headers(), "accept").c_str());
    return api::Outcome::answered();
  });
  STRCMP_EQUAL("[a=1]", values(request.headers(), "cookie").c_str());
}

TEST(CookieKeeper, the_scope_is_host_context_and_name) {
  const config::Params params("servlet 's'", {"web.xml", 1, 1}, kTable,
                              {{kCookieManager, {"store:", {"web.xml", 10, 5}}}}, diagnostics);
  keeper = CookieKeeper::configured({.name = "App", .host = "www", .path = "/shop"}, "servlet", params);
  exchange({"a=1; Path=/"});
  LONGS_EQUAL(1, session.values.count("navajo.cookie.servlet%7Cwww%7C/shop%7CApp;a;/"));
  const config::Params off("servlet 's'", {"web.xml", 1, 1}, kTable, {{kCookieManager, {"off", {"web.xml", 10, 5}}}},
                           diagnostics);
  CHECK_FALSE(CookieKeeper::configured({.name = "App"}, "servlet", off));
}
