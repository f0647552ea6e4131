#include "navajo/filters/header_validation/header_validation_filter.h"

#include <string>

#include "navajo/api/fakes.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters;

namespace {
std::string g_log;
void keep_log(observe::LogId, std::string_view text) { g_log.append(text).append("\n"); }
bool log_everything(observe::Level) { return true; }
}  // namespace

TEST_GROUP(HeaderValidationFilter) {
  config::Diagnostics diagnostics;
  api::FakeRequest request{"POST", "/app"};
  api::FakeResponse response;
  api::FakeChain chain;

  void setup() override { observe::set_log_sink(keep_log, log_everything); }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  std::unique_ptr<api::Filter> make(std::map<std::string, config::ParamValue, std::less<>> values) {
    const container::FilterRow& row = header_validation_rows()[0];
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, row.params, std::move(values), diagnostics);
    return row.make({.name = "f"}, params);
  }
  std::string run(api::Filter& filter) {
    const api::Outcome outcome = filter.filter(request, response, chain);
    return outcome.is_answered() ? "passed" : std::to_string(outcome.status) + " " + outcome.cause;
  }
  std::string judge(const char* rules) {
    const auto filter = make({{"RequestHeaderRules", {rules, {"web.xml", 10, 1}}}});
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return run(*filter);
  }
  std::string answer(const char* rules) {
    const auto filter = make({{"ResponseHeaderRules", {rules, {"web.xml", 10, 1}}}});
    chain.rest = [this](api::Request&, api::Response& out) {
      out.headers().set("X-Powered-By", "7");
      (void)out.write(std::string_view("ok"));
      (void)out.finish();
      return api::Outcome::answered();
    };
    return run(*filter);
  }
};

TEST(HeaderValidationFilter, refuses_a_field_that_a_deny_fits) {
  request.with("X-Debug", "Yes").with("X-Other", "1");
  STRCMP_EQUAL("403 header_refused", judge("^x-debug$:.:deny").c_str());
  LONGS_EQUAL(0, chain.calls);
  STRCMP_CONTAINS("NVJ1945 request test-request, filter f, rule line 10: deny request field X-Debug", g_log.c_str());
  CHECK(g_log.find("Yes") == std::string::npos);
  STRCMP_EQUAL("431 header_refused", judge("^x-debug$:.:deny:silent:431").c_str());
}

TEST(HeaderValidationFilter, the_first_rule_that_fits_a_field_counts_and_others_pass) {
  request.with("X-A", "1").with("X-B", "2").with("Accept", "*/*");
  STRCMP_EQUAL("passed", judge("^X-A$:^1$:allow\n^X-:^1$:deny").c_str());
  STRCMP_EQUAL("403 header_refused", judge("^X-A$:^2$:allow\n^X-:^1$:deny").c_str());
}

TEST(HeaderValidationFilter, drops_the_field_and_leaves_its_namesakes) {
  request.with("X-A", "good").with("x-a", "<bad>").with("X-B", "1");
  STRCMP_EQUAL("passed", judge("^X-A$:[<>]:drop").c_str());
  LONGS_EQUAL(2, request.fields.size());
  STRCMP_EQUAL("good", std::string(*request.fields.get("X-A")).c_str());
  STRCMP_CONTAINS("NVJ1946", g_log.c_str());
}

TEST(HeaderValidationFilter, wants_what_is_required) {
  const char* rules = "^X-Api-Key$:^[0-9a-f]{4}$:required::401";
  STRCMP_EQUAL("401 header_refused", judge(rules).c_str());
  request.with("X-Api-Key", "zz");
  STRCMP_EQUAL("401 header_refused", judge(rules).c_str());
  request.with("X-Api-Key", "12ab");
  STRCMP_EQUAL("passed", judge(rules).c_str());
}

TEST(HeaderValidationFilter, a_response_field_is_dropped_or_refuses_the_response) {
  STRCMP_EQUAL("passed", answer("^X-Powered-By$:.:drop").c_str());
  CHECK_FALSE(response.fields.get("X-Powered-By").has_value());
  STRCMP_EQUAL("ok", response.body.c_str());
  response.body.clear();
  response.is_committed = response.is_finished = false;
  STRCMP_EQUAL("502 response_header_refused", answer("^X-Powered-By$:.:deny").c_str());
  CHECK_FALSE(response.is_committed);
  STRCMP_EQUAL("", response.body.c_str());
}

TEST(HeaderValidationFilter, tells_its_numbers) {
  request.with("X-A", "1");
  const auto filter = make({{"RequestHeaderRules", {"^X-A$:.:deny", {}}}});
  (void)run(*filter);
  api::FakeStatusWriter status;
  filter->report(status);
  CHECK_TRUE(status.has("refused 1"));
  CHECK_TRUE(status.has("request_rules 1"));
}
