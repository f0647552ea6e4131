#include "navajo/filters/parameter_validation/parameter_validation_filter.h"

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

TEST_GROUP(ParameterValidationFilter) {
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
    const container::FilterRow& row = parameter_validation_rows()[0];
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, row.params, std::move(values), diagnostics);
    return row.make({.name = "f"}, params);
  }
  std::string run(api::Filter& filter) {
    const api::Outcome outcome = filter.filter(request, response, chain);
    return outcome.is_answered() ? "passed" : std::to_string(outcome.status) + " " + outcome.cause;
  }
  std::string judge(const char* rules, std::string_view query,
                    std::map<std::string, config::ParamValue, std::less<>> more = {}) {
    more["ParameterRules"] = {rules, {"web.xml", 10, 1}};
    const auto filter = make(std::move(more));
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    http::Parameters parameters(request.arena);
    CHECK_TRUE(parameters.add(query));
    request.the_parameters = &parameters;
    return run(*filter);
  }
};

TEST(ParameterValidationFilter, refuses_a_parameter_that_a_deny_fits) {
  STRCMP_EQUAL("403 parameter_refused", judge("RuleID:quotes:.:':deny", "a=1&b=o%27x").c_str());
  STRCMP_CONTAINS("NVJ1945 request test-request, filter f, rule quotes: deny parameter b", g_log.c_str());
  LONGS_EQUAL(0, chain.calls);
  STRCMP_EQUAL("passed", judge(".:':deny", "a=1").c_str());
}

TEST(ParameterValidationFilter, the_first_rule_that_fits_a_parameter_counts) {
  STRCMP_EQUAL("passed", judge("^id$:^\\d+$:allow\n.:.:deny", "id=17").c_str());
  STRCMP_EQUAL("403 parameter_refused", judge("^id$:^\\d+$:allow\n.:.:deny", "id=x").c_str());
  STRCMP_EQUAL("403 parameter_refused", judge("^id$:^\\d+$:allow\n.:.:deny", "id=1&id=x").c_str());
}

TEST(ParameterValidationFilter, wants_what_is_required) {
  STRCMP_EQUAL("403 parameter_refused", judge("^token$:^\\w+$:required", "a=1").c_str());
  STRCMP_EQUAL("passed", judge("^token$:^\\w+$:required", "token=x").c_str());
}

TEST(ParameterValidationFilter, has_a_status_that_a_rule_may_replace) {
  STRCMP_EQUAL("400 parameter_refused", judge("a:.:deny", "a=1", {{"StatusCode", {"400", {}}}}).c_str());
  STRCMP_EQUAL("422 parameter_refused", judge("a:.:deny:log:422", "a=1", {{"StatusCode", {"400", {}}}}).c_str());
}

TEST(ParameterValidationFilter, only_tells_or_looks_away_where_it_is_told_so) {
  STRCMP_EQUAL("passed", judge("a:.:deny", "a=1", {{"BlockOnError", {"log", {}}}}).c_str());
  STRCMP_CONTAINS("NVJ1946", g_log.c_str());
  g_log.clear();
  STRCMP_EQUAL("passed", judge("a:.:deny", "a=1", {{"BlockOnError", {"off", {}}}}).c_str());
  STRCMP_EQUAL("", g_log.c_str());
}

TEST(ParameterValidationFilter, rules_may_have_conditions) {
  const char* rules = "Condition:ENV:REQUEST_METHOD:^GET$\na:.:deny";
  STRCMP_EQUAL("passed", judge(rules, "a=1").c_str());
  request.the_method = "GET";
  STRCMP_EQUAL("403 parameter_refused", judge(rules, "a=1").c_str());
}

TEST(ParameterValidationFilter, a_condition_in_doubt_refuses_and_never_allows) {
  request.with("X-Long", std::string(60, 'a') + "!");
  STRCMP_EQUAL("403 parameter_refused", judge("Condition:HEADER:X-Long:^(a+)+$\na:.:deny", "a=1").c_str());
  STRCMP_EQUAL("403 parameter_refused",
               judge("Condition:HEADER:X-Long:^(a+)+$\na:.:allow\na:.:deny", "a=1").c_str());
}
