#include "navajo/rules/sample.h"

#include <string>

#include "navajo/rules/rules_xml.h"
#include "navajo/rules/sample_facts.h"
#include "navajo/rules/sample_run.h"
#include "navajo/rules/vocabulary.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::rules;

namespace {
[[maybe_unused]] const bool kTableMade = row_below(root_row(), "rule") != nullptr;
}

TEST_GROUP(Sample) {
  config::Diagnostics diagnostics;
  std::vector<Sample> parse(const std::string& inside) {
    return parse_samples("samples.xml", "<samples>" + inside + "</samples>", diagnostics);
  }
  Sample one(const std::string& inside) {
    std::vector<Sample> out = parse(inside);
    for (const config::Fault& fault : diagnostics.faults()) FAIL((inside + "\n" + fault.line()).c_str());
    UNSIGNED_LONGS_EQUAL(1, out.size());
    return out[0];
  }
  void refused(const std::string& inside, const char* text) {
    diagnostics = config::Diagnostics();
    parse(inside);
    CHECK_FALSE_TEXT(diagnostics.ok(), inside.c_str());
    STRCMP_CONTAINS(text, diagnostics.faults()[0].text.c_str());
  }
  // Differences, one a line.
  std::string run(const std::string& rules, const std::string& samples, std::string* told = nullptr) {
    const RuleFile file = parse_rule_file("rules.xml", "<rules>" + rules + "</rules>", diagnostics);
    const std::vector<std::byte> image = compile(file, diagnostics);
    const std::vector<Sample> all = parse(samples);
    for (const config::Fault& fault : diagnostics.faults()) FAIL(fault.line().c_str());
    const auto program = Program::adopt(image);
    if (!program.ok()) FAIL(program.error().text.c_str());
    std::string out;
    for (const Sample& sample : all) {
      const SampleOutcome outcome = try_sample(**program, sample);
      for (const std::string& line : differences(sample, outcome)) out += line + "\n";
      if (told) *told = summary(sample, outcome);
    }
    return out;
  }
};

TEST(Sample, is_a_whole_request) {
  const Sample sample = one(
      "<request method='POST' url='https://WWW.test:8443/a/../b%20c//d/?x=1' client='10.0.0.1' user='u' roles='r,s' "
      "time='2026-03-29T10:00:00Z'><header name='Cookie' value='a=1; b=2'/><header name='Content-Type' "
      "value='application/x-www-form-urlencoded'/><session name='s' value='v'/><body>p=q</body>"
      "<response status='502' backend='app' duration='2s'><header name='X' value='y'/><body>oops</body></response>"
      "<expect none='true'/></request>");
  SampleFacts facts(sample);
  const auto is = [&](Field field, const char* text) { CHECK_TRUE(facts.text(field) == std::string_view(text)); };
  is(Field::path, "/b c/d/");
  is(Field::query, "x=1");
  is(Field::target, "/a/../b%20c//d/?x=1");
  is(Field::host, "www.test");
  is(Field::scheme, "https");
  LONGS_EQUAL(8443, *facts.number(Field::port));
  LONGS_EQUAL(3, *facts.number(Field::request_size));
  LONGS_EQUAL(1774778400, facts.wall_time());
  const auto has = [&](Field field, const char* name, const char* value) {
    CHECK_TRUE_TEXT(facts.any(field, name, [&](std::string_view found) { return found == value; }), name);
  };
  has(Field::header, "host", "WWW.test:8443");
  has(Field::cookie, "b", "2");
  has(Field::parameter, "x", "1");
  has(Field::parameter, "p", "q");
  has(Field::session, "s", "v");
  has(Field::role, "", "s");
  CHECK_TRUE((facts.address(Field::client) == AddressBytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1}));
  CHECK_FALSE(facts.number(Field::status).has_value());
  facts.set_response();
  LONGS_EQUAL(502, *facts.number(Field::status));
  LONGS_EQUAL(2000, *facts.number(Field::duration));
  has(Field::response_header, "x", "y");
  is(Field::response_body, "oops");
  is(Field::backend, "app");
}

TEST(Sample, what_is_expected_is_compared) {
  const char* const rules =
      "<set name='q'><rule id='a' when='path(/a)'><block status='410'/></rule>"
      "<rule id='b' when='path(/b)'><tag name='x' value='${method}'/><rate limit='1/s'/><else><tag name='z'/></else>"
      "</rule></set><set name='s' phase='response'><rule id='c' when='status(500-599)'>"
      "<redirect to='/x'/></rule></set>";
  STRCMP_EQUAL("", run(rules, "<request url='http://h/a'><expect rule='a' action='block' status='410'/></request>"
                              "<request url='http://h/b'><expect rule='b' tag='x=GET'/>"
                              "<expect action='rate'/></request>"
                              "<request url='http://h/c'><expect rule='b' arm='else' tag='z='/></request>"
                              "<request url='http://h/b'><response status='503'/>"
                              "<expect status='302' rule='c'/></request>"
                              "<request url='http://h/a'><response status='503'/><expect status='410'/></request>")
                       .c_str());
  const auto differs = [&](const char* path, const char* expected, const char* text) {
    const std::string sample = std::string("<request url='http://h") + path + "'>" + expected + "</request>";
    STRCMP_CONTAINS(text, run(rules, sample).c_str());
  };
  differs("/b", "<expect rule='a'/>", "samples.xml:1: rule 'a' did not act; what acted: b");
  differs("/a", "<expect rule='a' action='pass'/>", "rule 'a' with the action pass did not act");
  differs("/a", "<expect status='403'/>", "was to be 403, but it is 410");
  differs("/b", "<expect status='403'/>", "left to the rest of the chain");
  differs("/b", "<expect tag='x=POST'/>", "the tag x is 'GET', not 'POST'");
  differs("/b", "<expect tag='y=POST'/>", "there is no tag y");
  differs("/b", "<expect none='true'/>", "no rule was to act; what acted: b");
  differs("/c", "<expect rule='b'/>", "did not act; what acted: b (else)");
  differs("/c", "<expect action='block'/>", "no rule with the action block acted");
}

TEST(Sample, tags_and_captures_are_seen_by_later_rules_and_shadows_do_nothing) {
  std::string told;
  STRCMP_EQUAL("", run("<set name='s' match='all'><rule id='a' when='always'><capture name='v' from='path' "
                       "pattern='^/(v\\d)/'/></rule><rule id='b' when='capture(v=v2)'>"
                       "<tag name='new' value='${capture:v}'/></rule><rule id='c' when='always' shadow='true'>"
                       "<block/></rule><rule id='d' when='tag(new=v2)'>"
                       "<concurrency limit='5'/></rule></set>",
                       "<request url='http://h/v2/x'><expect rule='d' tag='new=v2'/></request>", &told).c_str());
  STRCMP_EQUAL("GET /v2/x: what acted: a, b, c (shadow), d; limits asked: d; tags: new=v2", told.c_str());
}

TEST(Sample, says_what_is_wrong_with_it) {
  refused("<request url='h/a'><expect none='true'/></request>", "does not begin with http");
  refused("<request url='http://a b/'><expect none='true'/></request>", "no valid host");
  refused("<request url='http://a:b/'><expect none='true'/></request>", "no valid port");
  refused("<request url='http://a/'/>", "needs the element expect");
  refused("<request url='http://a/'><expect/></request>", "says nothing");
  refused("<request url='http://a/'><expect none='true' rule='a'/></request>", "stands alone");
  refused("<request url='http://a/'><expect action='blok'/></request>", "did you mean 'block'");
  refused("<request url='http://a/'><expect tag='x'/></request>", "not a name and a value");
  refused("<request url='http://a/' time='now'><expect none='true'/></request>", "not a time");
  refused("<request url='http://a/'><header name='Host' value='x'/><expect none='true'/></request>", "that of the url");
  refused("<request url='http://a/'><tls name='x'/><expect none='true'/></request>", "no fact of TLS");
  refused("<request url='http://a/' methd='x'><expect none='true'/></request>", "did you mean 'method'");
}
