#include "navajo/cookies/cookie_jar.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::cookies;

namespace {
time_t g_wall;
time_t wall() { return g_wall; }
}  // namespace

TEST_GROUP(CookieJar) {
  base::ManualClock clock;
  api::FakeSession session;
  std::pmr::monotonic_buffer_resource memory;
  JarLimits limits;
  CookieJar jar{"app", limits, clock, wall};

  void setup() override { g_wall = 1700000000; }
  Kept put(CookieJar & into, const std::string& field, const char* host = "app.example.test", const char* path = "/") {
    const auto cookie = http::parse_set_cookie(field);
    CHECK_TRUE(cookie.has_value());
    return into.put(session, *cookie, {host, path}, memory);
  }
  void keep(const std::string& field, const char* path = "/") {
    CHECK_TRUE(Kept::stored == put(jar, field, "app.example.test", path));
  }
  std::string sent(CookieJar & from, const char* path = "/", const char* host = "app.example.test") {
    std::string out;
    for (const StoredCookie& cookie : from.matching(session, {host, path}, memory))
      out += std::string(cookie.name) + "=" + std::string(cookie.value) + " ";
    return out;
  }
  std::string sent(const char* path = "/") { return sent(jar, path); }
};

TEST(CookieJar, keeps_one_attribute_per_cookie) {
  keep("a=1");
  keep("b=two words; Path=/x");
  keep("a=3");
  LONGS_EQUAL(2, session.values.size());
  STRCMP_EQUAL("0 3", session.values["navajo.cookie.app;a;/"].c_str());
  STRCMP_EQUAL("0 two words", session.values["navajo.cookie.app;b;/x"].c_str());
}

TEST(CookieJar, sends_those_whose_path_fits_longest_first) {
  keep("a=root; Path=/");
  keep("a=deep; Path=/x/y");
  keep("b=x", "/x/page");
  STRCMP_EQUAL("a=root ", sent("/").c_str());
  STRCMP_EQUAL("b=x a=root ", sent("/x").c_str());
  STRCMP_EQUAL("a=deep b=x a=root ", sent("/x/y/z").c_str());
  STRCMP_EQUAL("a=root ", sent("/xy").c_str());
}

TEST(CookieJar, one_scope_does_not_see_another) {
  CookieJar other("ap", limits, clock, wall), nested("app;a", limits, clock, wall), empty_like("", limits, clock, wall);
  keep("a=1");
  STRCMP_EQUAL("", sent(other).c_str());
  STRCMP_EQUAL("", sent(nested).c_str());
  CHECK_TRUE(Kept::stored == put(nested, "a=2"));
  STRCMP_EQUAL("a=1 ", sent().c_str());
  STRCMP_EQUAL("a=2 ", sent(nested).c_str());
  STRCMP_EQUAL("0 2", session.values["navajo.cookie.app%3Ba;a;/"].c_str());
}

TEST(CookieJar, a_Domain_of_the_backend_shares_the_cookie_with_its_siblings) {
  CookieJar sibling("sibling", limits, clock, wall), stranger("stranger", limits, clock, wall);
  keep("a=1; Domain=.Example.Test");
  STRCMP_EQUAL("0 1", session.values["navajo.cookie.;example.test;a;/"].c_str());
  STRCMP_EQUAL("a=1 ", sent().c_str());
  STRCMP_EQUAL("a=1 ", sent(sibling, "/", "other.example.test").c_str());
  STRCMP_EQUAL("", sent(stranger, "/", "example.net").c_str());
  STRCMP_EQUAL("", sent(stranger, "/", "notexample.test").c_str());
}

TEST(CookieJar, a_Domain_that_does_not_fit_the_backend_shares_nothing_and_loses_nothing) {
  CookieJar sibling("sibling", limits, clock, wall);
  for (const char* domain : {"other.example.test", "test", "example.net", "a;b", "10.0.0.1", ".test"}) {
    session.values.clear();
    keep(std::string("a=1; Domain=") + domain);
    STRCMP_EQUAL_TEXT("a=1 ", sent().c_str(), domain);
    for (const char* host : {"other.example.test", "x.test", "example.net", "10.0.0.1"})
      STRCMP_EQUAL_TEXT("", sent(sibling, "/", host).c_str(), domain);
  }
  session.values.clear();
  CHECK_TRUE(Kept::stored == put(jar, "a=1; Domain=10.0.0.1", "10.0.0.1"));
  STRCMP_EQUAL("", sent(sibling, "/", "10.0.0.1").c_str());
}

TEST(CookieJar, a_shared_cookie_never_stands_under_the_name_of_an_own_one) {
  CookieJar sibling("sibling", limits, clock, wall);
  keep("a=own");
  CHECK_TRUE(Kept::stored == put(sibling, "a=tossed; Domain=example.test; Path=/x", "other.example.test"));
  CHECK_TRUE(Kept::stored == put(sibling, "b=shared; Domain=example.test", "other.example.test"));
  STRCMP_EQUAL("a=own b=shared ", sent("/x").c_str());
}

TEST(CookieJar, Max_Age_is_counted_on_the_monotonic_clock) {
  keep("a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  clock.advance(std::chrono::milliseconds(9999));
  STRCMP_EQUAL("a=1 ", sent().c_str());
  clock.advance(std::chrono::milliseconds(1));
  STRCMP_EQUAL("", sent().c_str());
  CHECK_TRUE(session.values.empty());
}

TEST(CookieJar, a_step_of_the_wall_clock_expires_nothing) {
  keep("a=1; Expires=Tue, 14 Nov 2023 22:13:30 GMT");  // 10 s after g_wall
  g_wall += 1000000;
  STRCMP_EQUAL("a=1 ", sent().c_str());
  clock.advance(std::chrono::seconds(10));
  STRCMP_EQUAL("", sent().c_str());
}

TEST(CookieJar, a_cookie_of_the_past_removes_the_stored_one) {
  for (const char* field : {"a=; Max-Age=0", "a=; Max-Age=-5", "a=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                            "a=; Expires=Tue, 14 Nov 2023 22:13:20 GMT"}) {
    keep("a=1");
    keep("a=other; Path=/x");
    CHECK_TRUE(Kept::removed == put(jar, field));
    STRCMP_EQUAL_TEXT("a=other ", sent("/x").c_str(), field);
  }
}

TEST(CookieJar, refuses_what_is_over_its_limits_and_keeps_what_it_has) {
  limits = {.cookies = 3, .cookie_bytes = 10, .total_bytes = 1000};
  CookieJar small("small", limits, clock, wall);
  CHECK_TRUE(Kept::stored == put(small, "a=123456789"));
  CHECK_TRUE(Kept::too_long == put(small, "a=1234567890"));
  CHECK_TRUE(Kept::stored == put(small, "b=1"));
  CHECK_TRUE(Kept::stored == put(small, "c=1; Max-Age=5"));
  CHECK_TRUE(Kept::too_many == put(small, "d=1"));
  CHECK_TRUE(Kept::stored == put(small, "b=2"));
  STRCMP_EQUAL("a=123456789 b=2 c=1 ", sent(small).c_str());
  clock.advance(std::chrono::seconds(5));
  CHECK_TRUE(Kept::stored == put(small, "d=1"));
  STRCMP_EQUAL("a=123456789 b=2 d=1 ", sent(small).c_str());
}

TEST(CookieJar, the_limits_are_those_of_all_jars_of_a_session) {
  limits = {.cookies = 100, .cookie_bytes = 4096, .total_bytes = 200};
  CookieJar one("one", limits, clock, wall), other("other", limits, clock, wall);
  CHECK_TRUE(Kept::stored == put(one, "a=" + std::string(100, 'x')));
  CHECK_TRUE(Kept::too_many == put(other, "b=" + std::string(100, 'x')));
  CHECK_TRUE(Kept::stored == put(other, "b=1"));
}

TEST(CookieJar, a_long_path_is_no_way_around_the_limits) {
  CHECK_TRUE(Kept::too_long == put(jar, "a=1; Path=/" + std::string(950, 'x')));
}

TEST(CookieJar, says_when_the_store_refuses) {
  session.takes_more = false;
  CHECK_TRUE(Kept::refused_by_store == put(jar, "a=1"));
}

TEST(CookieJar, names_keep_what_their_prefix_promises) {
  for (const char* field : {"__Host-a=1; Path=/", "__Host-a=1; Secure", "__host-a=1; Secure; Path=/x",
                            "__Host-a=1; Secure; Path=/; Domain=example.test", "__Secure-a=1"})
    CHECK_TRUE_TEXT(Kept::bad_prefix == put(jar, field), field);
  keep("__Host-a=1; Secure; Path=/");
  keep("__Secure-a=1; Secure; Path=/x");
}

TEST(CookieJar, an_attribute_that_is_none_of_its_own_is_not_sent) {
  session.values["navajo.cookie.app;a;/"] = "rubbish";
  session.values["navajo.cookie.app;b;/"] = "";
  STRCMP_EQUAL("", sent().c_str());
}
