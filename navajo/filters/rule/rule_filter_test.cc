#include "navajo/filters/rule/filter_fixture.h"

#include <string>

#include "navajo/api/backend_timeout.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters::rule;

TEST_GROUP_BASE(RuleFilter, FilterFixture) {
  void setup() override { begin(); }
  void teardown() override { finish(); }
};

TEST(RuleFilter, a_request_no_rule_holds_for_passes) {
  with("<rule id='a' when='path(\"/x\")'><block/></rule>");
  api::FakeRequest request("GET", "/y");
  CHECK_TRUE(run(request).is_answered());
  STRCMP_EQUAL("the answer", response.body.c_str());
  LONGS_EQUAL(0, counters().hits.load());
}

TEST(RuleFilter, a_block_without_a_body_is_refused_and_its_fields_stay) {
  with("<rule id='a' when='path(\"/x\")'><block status='405'><field name='Allow' value='GET'/></block></rule>");
  api::FakeRequest request("PUT", "/x");
  const api::Outcome outcome = run(request);
  LONGS_EQUAL(405, outcome.status);
  STRCMP_EQUAL("rule_blocked", outcome.cause);
  STRCMP_EQUAL("GET", std::string(*response.fields.get("Allow")).c_str());
  LONGS_EQUAL(0, chain.calls);
  LONGS_EQUAL(1, counters().hits.load());
  LONGS_EQUAL(1, counters().refused.load());
  STRCMP_EQUAL("a", request.variables["NAVAJO_RULE"].c_str());
}

TEST(RuleFilter, a_block_with_a_body_answers) {
  with("<rule id='a' when='always'><block status='410'><body type='text/html'>&lt;b>${path}</body></block></rule>");
  api::FakeRequest request("GET", "/%3Ci%3E");
  CHECK_TRUE(run(request).is_answered());
  LONGS_EQUAL(410, response.the_status);
  STRCMP_EQUAL("<b>/&lt;i&gt;", response.body.c_str());
  STRCMP_EQUAL("text/html", response.content_type.c_str());
}

TEST(RuleFilter, a_rule_in_shadow_mode_is_counted_and_does_nothing) {
  with("<rule id='a' when='always' shadow='true'><set-header name='X' value='1'/><block/></rule>"
       "<rule id='b' when='always'><tag name='t' value='v'/></rule>");
  api::FakeRequest request;
  CHECK_TRUE(run(request).is_answered());
  STRCMP_EQUAL("the answer", response.body.c_str());
  CHECK_FALSE(request.fields.get("X").has_value());
  LONGS_EQUAL(1, counters(0).would_have.load());
  LONGS_EQUAL(0, counters(0).refused.load());
  STRCMP_EQUAL("t=v", request.variables["NAVAJO_TAGS"].c_str());
}

TEST(RuleFilter, the_filters_shadow_mode_is_that_of_all_rules) {
  settings.shadow = true;
  with("<rule id='a' when='always'><block/></rule>");
  api::FakeRequest request;
  CHECK_TRUE(run(request).is_answered());
  LONGS_EQUAL(1, counters().would_have.load());
}

TEST(RuleFilter, changes_fields_of_requests_and_responses) {
  with("<rule id='a' when='always'><add-header name='X-A' value='${method}'/><remove-header name='X-B*'/>"
       "<set-header side='response' name='X-C' value='${rule.id}'/></rule>");
  api::FakeRequest request;
  request.with("X-B1", "1").with("x-b2", "2").with("Y", "3");
  CHECK_TRUE(run(request).is_answered());
  STRCMP_EQUAL("GET", std::string(*request.fields.get("X-A")).c_str());
  LONGS_EQUAL(2, request.fields.size());
  STRCMP_EQUAL("a", std::string(*response.fields.get("X-C")).c_str());
}

TEST(RuleFilter, a_route_leads_to_another_servlet_and_an_unknown_one_is_refused) {
  with("<rule id='a' when='path(\"/a\")'><route servlet='Named'/></rule>"
       "<rule id='b' when='path(\"/b\")'><route servlet='None'/></rule>");
  api::FakeRequest first("GET", "/a"), second("GET", "/b");
  CHECK_TRUE(run(first).is_answered());
  LONGS_EQUAL(1, named.calls);
  STRCMP_EQUAL("no_route", run(second).cause);
}

TEST(RuleFilter, a_timeout_is_left_for_the_connector) {
  with("<rule id='a' when='always'><timeout time='1500ms'/></rule>");
  api::FakeRequest request;
  (void)run(request);
  STRCMP_EQUAL("1500", std::string(*request.attribute(api::kBackendTimeoutAttribute)).c_str());
}

TEST(RuleFilter, conditions_on_the_body_see_its_first_bytes_and_the_servlet_all_of_it) {
  settings.inspected = 8;
  std::string arrived;
  chain.rest = [&](api::Request& request, api::Response&) {
    char buffer[5];
    for (api::BodyRead got; (got = request.body().read(buffer)).status == api::BodyStatus::data;)
      arrived.append(buffer, got.bytes);
    return api::Outcome::answered();
  };
  with("<rule id='a' when='body(\"~evil\")'><block status='422'/></rule>");
  api::FakeRequest bad("POST", "/"), late("POST", "/");
  bad.with_chunks({"an e", "vil thing"});
  late.with_chunks({"long before an evil"});
  LONGS_EQUAL(422, run(bad).status);
  CHECK_TRUE(run(late).is_answered());
  STRCMP_EQUAL("long before an evil", arrived.c_str());
}

TEST(RuleFilter, whose_body_was_looked_at_expects_nothing_more) {
  with("<rule id='a' when='body(\"~evil\")'><block status='422'/></rule>");
  api::FakeRequest request("POST", "/");
  request.with("Expect", "100-continue").with_body("good");
  CHECK_TRUE(run(request).is_answered());
  CHECK_FALSE(request.fields.get("Expect").has_value());
}

TEST(RuleFilter, a_declared_body_over_a_rules_limit_is_refused_at_once) {
  with("<rule id='a' when='always'><body-limit bytes='4'/></rule>");
  api::FakeRequest request("POST", "/");
  request.with_body("hello");
  LONGS_EQUAL(413, run(request).status);
  LONGS_EQUAL(0, chain.calls);
}

TEST(RuleFilter, a_response_rule_replaces_the_answer_before_its_head_goes_out) {
  with("<set name='out' phase='response'><rule id='a' when='response.body(\"~answer\")'><block status='502'/></rule>"
       "</set>");
  api::FakeRequest request;
  response.fields.add("ETag", "x");
  CHECK_TRUE(run(request).is_answered());
  LONGS_EQUAL(502, response.the_status);
  CHECK_FALSE(response.fields.get("ETag").has_value());
  CHECK_TRUE(response.body.find("the answer") == std::string::npos);
  CHECK_TRUE(response.is_finished);
}

TEST(RuleFilter, a_response_that_is_held_back_arrives_whole) {
  settings.inspected = 6;
  answer = std::string(1000, 'x');
  with("<set name='out' phase='response'><rule id='a' when='response.body(\"~evil\")'><block/></rule></set>");
  api::FakeRequest request;
  CHECK_TRUE(run(request).is_answered());
  LONGS_EQUAL(1000, response.body.size());
}

TEST(RuleFilter, what_a_flush_lets_out_is_judged_first) {
  chain.rest = [&](api::Request&, api::Response& to) {
    (void)to.write(std::string_view("evil"));
    (void)to.flush();
    (void)to.write(std::string_view("more"));
    chain.complete(to);
    return api::Outcome::answered();
  };
  with("<set name='out' phase='response'><rule id='a' when='response.body(\"~evil\")'><block status='502'>"
       "<body type='text/plain'>no</body></block></rule></set>");
  api::FakeRequest request;
  (void)run(request);
  STRCMP_EQUAL("no", response.body.c_str());
}

TEST(RuleFilter, the_page_of_a_refusal_gets_the_fields_of_rules) {
  chain.rest = [](api::Request&, api::Response&) { return api::Outcome::refused(503, "no_backend"); };
  with("<set name='out' phase='response' match='all'><rule id='a' when='status(503)'>"
       "<set-header side='response' name='X-Down' value='${status}'/></rule></set>");
  api::FakeRequest request;
  LONGS_EQUAL(503, run(request).status);
  STRCMP_EQUAL("503", std::string(*response.fields.get("X-Down")).c_str());
}

TEST(RuleFilter, a_longer_response_than_a_rule_allows_is_cut_off) {
  with("<rule id='a' when='always'><body-limit side='response' bytes='4'/></rule>");
  chain.rest = [&](api::Request&, api::Response& to) {
    (void)to.write(std::string_view("123"));
    CHECK_TRUE(to.write(std::string_view("45")) == api::WriteStatus::client_gone);
    return api::Outcome::answered();
  };
  api::FakeRequest request;
  (void)run(request);
  CHECK_TRUE(response.is_aborted);
  STRCMP_EQUAL("123", response.body.c_str());
}

TEST(RuleFilter, a_declared_length_without_a_body_is_no_long_response) {
  with("<rule id='a' when='always'><body-limit side='response' bytes='4'/></rule>");
  answer = "";
  chain.rest = [&](api::Request&, api::Response& to) {
    to.headers().set("Content-Length", "1000");
    chain.complete(to);
    return api::Outcome::answered();
  };
  api::FakeRequest head("HEAD", "/"), get("GET", "/");
  CHECK_TRUE(run(head).is_answered());
  LONGS_EQUAL(200, response.the_status);
  response = api::FakeResponse();
  CHECK_TRUE(run(get).is_answered());
  LONGS_EQUAL(502, response.the_status);
}

TEST(RuleFilter, a_record_is_written_when_all_is_over) {
  with("<rule id='a' when='always'><log headers='X-A,Cookie' responseBody='3'><field name='f' value='${method}'/>"
       "</log></rule>");
  api::FakeRequest request("POST", "/p?q=1");
  request.with("X-A", "1").with("Cookie", "s=secret").with_body("hello");
  (void)run(request);
  LONGS_EQUAL(1, log->records.size());
  const std::string& record = log->records[0];
  for (const char* part : {"\"rule\":\"a\"", "\"method\":\"POST\"", "\"target\":\"/p?q=1\"", "\"status\":200",
                           "\"bytes\":10", "\"body\":\"the\"", "\"f\":\"POST\"", "\"duration_ms\":"})
    CHECK_TEXT(record.find(part) != std::string::npos, (std::string(part) + " in " + record).c_str());
  CHECK_TRUE(record.find("secret") == std::string::npos);
}

TEST(RuleFilter, a_passed_request_is_not_judged_by_later_sets) {
  with("<set name='one'><rule id='a' when='always'><pass/></rule></set>"
       "<set name='two'><rule id='b' when='always'><block/></rule></set>");
  api::FakeRequest request;
  CHECK_TRUE(run(request).is_answered());
  STRCMP_EQUAL("the answer", response.body.c_str());
}

TEST(RuleFilter, without_limits_a_rate_refuses) {
  with("<rule id='a' when='always'><rate limit='1/s' key='host'/></rule>");
  api::FakeRequest request;
  STRCMP_EQUAL("no_limits", run(request).cause);
}
