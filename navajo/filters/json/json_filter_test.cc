#include "navajo/filters/json/json_filter.h"

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

TEST_GROUP(JsonFilter) {
  config::Diagnostics diagnostics;
  api::FakeRequest request{"POST", "/app"};
  api::FakeResponse response;
  api::FakeChain chain;
  std::string arrived;  // what the chain read of the body

  void setup() override { observe::set_log_sink(keep_log, log_everything); }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  std::unique_ptr<api::Filter> make(std::map<std::string, config::ParamValue, std::less<>> values) {
    const container::FilterRow& row = json_rows()[0];
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, row.params, std::move(values), diagnostics);
    return row.make({.name = "f"}, params);
  }
  std::string run(api::Filter& filter) {
    const api::Outcome outcome = filter.filter(request, response, chain);
    return outcome.is_answered() ? "passed" : std::to_string(outcome.status) + " " + outcome.cause;
  }
  std::string judge(const std::string& body, std::map<std::string, config::ParamValue, std::less<>> values = {}) {
    request.the_body = {};
    request.with_chunks({body.substr(0, body.size() / 2), body.substr(body.size() / 2)});
    arrived.clear();
    chain.rest = [this](api::Request& seen, api::Response&) {
      char piece[64];
      for (api::BodyRead got = seen.body().read(piece); got.status == api::BodyStatus::data;
           got = seen.body().read(piece))
        arrived.append(piece, got.bytes);
      return api::Outcome::answered();
    };
    const auto filter = make(std::move(values));
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return run(*filter);
  }
};

TEST(JsonFilter, hands_json_on_as_it_came) {
  const std::string text = "{\"a\": [1, 2, {\"b\": null}]}";
  STRCMP_EQUAL("passed", judge(text).c_str());
  STRCMP_EQUAL(text.c_str(), arrived.c_str());
}

TEST(JsonFilter, refuses_what_is_no_json_before_anybody_reads_it) {
  STRCMP_EQUAL("403 json_refused", judge("{\"a\": }").c_str());
  LONGS_EQUAL(0, chain.calls);
  STRCMP_CONTAINS("NVJ1945 request test-request, filter f: its body is no JSON that may pass, syntax at byte 6: "
                  "refused",
                  g_log.c_str());
  STRCMP_EQUAL("422 json_refused", judge("[1", {{"StatusCode", {"422", {}}}}).c_str());
}

TEST(JsonFilter, enforces_each_of_its_limits) {
  STRCMP_EQUAL("403 json_refused", judge("[1,2]", {{"MaxElementNumber", {"2", {}}}}).c_str());
  STRCMP_EQUAL("passed", judge("[1,2]", {{"MaxElementNumber", {"3", {}}}}).c_str());
  STRCMP_EQUAL("403 json_refused", judge("[\"abc\"]", {{"MaxElementSize", {"2", {}}}}).c_str());
  STRCMP_EQUAL("passed", judge("[\"abc\"]", {{"MaxElementSize", {"3", {}}}}).c_str());
  STRCMP_EQUAL("403 json_refused", judge("[[1]]", {{"MaxNestingDepth", {"1", {}}}}).c_str());
  STRCMP_EQUAL("passed", judge("[[1]]", {{"MaxNestingDepth", {"2", {}}}}).c_str());
}

TEST(JsonFilter, looks_only_where_it_is_on) {
  const char* mode = "Condition:HEADER:Content-Type:^application/json\non\noff";
  STRCMP_EQUAL("passed", judge("no json", {{"BlockOnError", {mode, {}}}}).c_str());
  STRCMP_EQUAL("no json", arrived.c_str());
  request.with("Content-Type", "application/json");
  STRCMP_EQUAL("403 json_refused", judge("no json", {{"BlockOnError", {mode, {}}}}).c_str());
}

TEST(JsonFilter, only_tells_where_it_is_to_log) {
  STRCMP_EQUAL("passed", judge("no json", {{"BlockOnError", {"log", {}}}}).c_str());
  STRCMP_EQUAL("no json", arrived.c_str());
  STRCMP_CONTAINS("NVJ1946", g_log.c_str());
}

TEST(JsonFilter, refuses_what_it_cannot_see) {
  request.with("Content-Encoding", "gzip");
  STRCMP_EQUAL("403 json_refused", judge("{}").c_str());
}

TEST(JsonFilter, refuses_a_body_that_is_too_long_to_be_held) {
  STRCMP_EQUAL("413 body_over_buffer_size", judge("\"" + std::string(70000, 'x') + "\"").c_str());
}

TEST(JsonFilter, lets_requests_without_a_body_pass) {
  const auto filter = make({});
  STRCMP_EQUAL("passed", run(*filter).c_str());
}

TEST(JsonFilter, knows_no_other_modes_and_warns_of_deep_ones) {
  (void)make({{"BlockOnError", {"maybe", {"web.xml", 7, 1}}}});
  STRCMP_CONTAINS("web.xml:7:1: NVJ1312 filter 'f': BlockOnError: 'maybe' is not one of on, off, log",
                  diagnostics.faults()[0].line().c_str());
  diagnostics = {};
  (void)make({{"MaxNestingDepth", {"1001", {}}}});
  LONGS_EQUAL(1, diagnostics.notices().size());
}
