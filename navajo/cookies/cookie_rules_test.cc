#include "navajo/cookies/cookie_rules.h"

#include <memory>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/cookies/cookie_keeper.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::cookies;

namespace {

const config::ParamSpec kTable[] = {cookie_manager_param(true)};

const char* word(CookieRule rule) {
  switch (rule) {
    case CookieRule::store: return "store";
    case CookieRule::retain: return "retain";
    case CookieRule::block: return "block";
    case CookieRule::allow: return "allow";
  }
  return "?";
}

}  // namespace

TEST_GROUP(CookieRules) {
  config::Diagnostics diagnostics;
  api::FakeRequest request;
  std::unique_ptr<CookieRules> rules;

  void setup() override {
    observe::set_log_sink([](observe::LogId, std::string_view) {}, [](observe::Level) { return true; });
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }
  void read(const char* text) {
    diagnostics = {};
    const config::Params params("servlet 's'", {"web.xml", 1, 1}, kTable,
                                {{kCookieManager, {text, {"web.xml", 10, 5}}}}, diagnostics);
    rules = std::make_unique<CookieRules>(params, kCookieManager);
  }
  const char* judged(const char* cookie) { return word(rules->judge(cookie, request)); }
  std::string first_fault() { return diagnostics.ok() ? "" : diagnostics.faults()[0].line(); }
};

TEST(CookieRules, the_first_line_that_fits_decides) {
  read("store:^JSESSIONID$\nblock:^track\nretain:^app\n  allow : .*_lang$ ");
  CHECK_TRUE(diagnostics.ok());
  STRCMP_EQUAL("store", judged("JSESSIONID"));
  STRCMP_EQUAL("block", judged("track_lang"));
  STRCMP_EQUAL("retain", judged("app_lang"));
  STRCMP_EQUAL("allow", judged("user_lang"));
}

TEST(CookieRules, what_no_line_fits_is_blocked) {
  read("allow:^a$");
  STRCMP_EQUAL("block", judged("b"));
  STRCMP_EQUAL("block", judged("A"));
}

TEST(CookieRules, a_line_without_a_regex_fits_all) {
  read("block:^x$\nretain:");
  STRCMP_EQUAL("block", judged("x"));
  STRCMP_EQUAL("retain", judged("y"));
  read("store");
  CHECK_TRUE(diagnostics.ok());
  STRCMP_EQUAL("store", judged("anything"));
}

TEST(CookieRules, types_of_patterns_are_those_of_everybody) {
  read("allow:GLOB/app-*/\nallow:PCRE(ci)/^lang$/");
  STRCMP_EQUAL("allow", judged("app-1"));
  STRCMP_EQUAL("allow", judged("LANG"));
  STRCMP_EQUAL("block", judged("my-app-1"));
}

TEST(CookieRules, conditions_hold_for_the_line_behind_them) {
  read("Condition:HEADER:User-Agent:^Wget\nallow:\nstore:");
  STRCMP_EQUAL("store", judged("a"));
  request.with("User-Agent", "Wget/1");
  STRCMP_EQUAL("allow", judged("a"));
}

TEST(CookieRules, off_is_off_and_stands_alone) {
  read("off");
  CHECK_TRUE(diagnostics.ok());
  CHECK_TRUE(rules->off());
  read("off\nstore:");
  STRCMP_CONTAINS("CookieManager: 'off' stands alone", first_fault().c_str());
  read("Condition:REMOTE_ADDR:1\noff");
  STRCMP_CONTAINS("'off' stands alone", first_fault().c_str());
}

TEST(CookieRules, faults_are_told_at_their_lines) {
  read("\nstroe:^a$\n");
  STRCMP_EQUAL(
      "web.xml:11:1: NVJ1312 servlet 's': CookieManager: 'stroe' is not one of store, retain, block, allow, did "
      "you mean 'store'?",
      first_fault().c_str());
  read("store:(");
  CHECK_FALSE(diagnostics.ok());
}

TEST(CookieRules, in_doubt_a_cookie_is_blocked) {
  const std::string hard = std::string(60, 'a') + "!";
  read("block:^(a+)+$\nallow:");
  STRCMP_EQUAL("block", judged(hard.c_str()));
  read("allow:^(a+)+$\nallow:");
  STRCMP_EQUAL("block", judged(hard.c_str()));
  CHECK_TRUE(rules->doubts() > 0);
  request.with("X-Long", hard);
  // Skipping the block would pass it, taking the allow would as well.
  read("Condition:HEADER:X-Long:^(a+)+$\nblock:\nallow:");
  STRCMP_EQUAL("block", judged("b"));
  read("Condition:HEADER:X-Long:^(a+)+$\nallow:\nstore:");
  STRCMP_EQUAL("block", judged("b"));
}
