#include "navajo/filters/cookie_cache/cookie_cache_filter.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters;

TEST_GROUP(CookieCacheFilter) {
  config::Diagnostics diagnostics;
  api::FakeSession session;
  std::string arrived;

  std::unique_ptr<api::Filter> make(std::map<std::string, config::ParamValue, std::less<>> values) {
    const container::FilterRow& row = cookie_cache_rows()[0];
    const config::Params params("filter 'Cache'", {"web.xml", 1, 1}, row.params, std::move(values), diagnostics);
    return diagnostics.ok() ? row.make({.name = "Cache", .host = "www"}, params) : nullptr;
  }
  std::unique_ptr<api::Filter> make(const char* rules) {
    return make({{"CookieManager", {rules, {"web.xml", 10, 1}}}});
  }
  // What the client gets.
  std::string exchange(api::Filter & filter, const char* target, const char* set_cookie = nullptr,
                       const char* host = "www.example.test") {
    api::FakeRequest request("GET", target);
    request.the_host = host;
    request.with("Cookie", "mine=1").set_session_source(&session);
    api::FakeResponse response;
    api::FakeChain chain;
    chain.rest = [&](api::Request& seen, api::Response& answer) {
      arrived = seen.headers().get("Cookie").value_or("");
      if (set_cookie) answer.headers().add("Set-Cookie", set_cookie);
      return api::Outcome::answered();
    };
    CHECK_TRUE(filter.filter(request, response, chain).is_answered());
    return std::string(response.headers().get("Set-Cookie").value_or(""));
  }
};

TEST(CookieCacheFilter, keeps_cookies_by_the_path_the_client_asked_for) {
  const auto filter = make("store:^app$\nallow:");
  STRCMP_EQUAL("", exchange(*filter, "/shop/cart?x=/a/b", "app=1").c_str());
  exchange(*filter, "/shop/other");
  STRCMP_EQUAL("app=1; mine=1", arrived.c_str());
  exchange(*filter, "/");
  STRCMP_EQUAL("mine=1", arrived.c_str());
}

TEST(CookieCacheFilter, a_Domain_is_compared_with_the_host_the_client_asked_for) {
  const auto filter = make("store:");
  exchange(*filter, "/", "app=1; Domain=example.test");
  LONGS_EQUAL(1, session.values.count("navajo.cookie.;example.test;app;/"));
  exchange(*filter, "/", nullptr, "m.example.test");
  STRCMP_EQUAL("app=1", arrived.c_str());
  exchange(*filter, "/", nullptr, "example.net");
  STRCMP_EQUAL("", arrived.c_str());
}

TEST(CookieCacheFilter, off_lets_everything_pass) {
  const auto filter = make("off");
  STRCMP_EQUAL("app=1", exchange(*filter, "/", "app=1").c_str());
  STRCMP_EQUAL("mine=1", arrived.c_str());
  api::FakeStatusWriter writer;
  filter->report(writer);
  LONGS_EQUAL(0, writer.lines.size());
}

TEST(CookieCacheFilter, CookieManager_is_required_and_PassthroughParsed_reserved) {
  (void)make(std::map<std::string, config::ParamValue, std::less<>>());
  LONGS_EQUAL(1, diagnostics.faults().size());
  STRCMP_CONTAINS("NVJ1313", diagnostics.faults()[0].line().c_str());
  diagnostics = {};
  (void)make({{"CookieManager", {"store:", {"web.xml", 10, 1}}},
              {"CookieManager.PassthroughParsed", {"true", {"web.xml", 11, 1}}}});
  STRCMP_CONTAINS("CookieManager.PassthroughParsed", diagnostics.faults()[0].line().c_str());
}

TEST(CookieCacheFilter, reports_what_it_does) {
  const auto filter = make("store:");
  exchange(*filter, "/", "app=1");
  api::FakeStatusWriter writer;
  filter->report(writer);
  CHECK_TRUE(writer.has("cookie_rules 1"));
  CHECK_TRUE(writer.has("cookies_stored 1"));
  CHECK_TRUE(writer.has("cookies_blocked_from_client 1"));
}
