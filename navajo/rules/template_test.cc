#include "navajo/rules/template.h"

#include "navajo/api/fakes.h"
#include "navajo/rules/request_facts.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::rules;

TEST_GROUP(RuleTemplate) {
  api::FakeRequest request{"GET", "/a<b>?q=1"};
  RequestFacts facts{request, base::TimePoint()};

  std::string expanded(const char* text, Escape escape, size_t limit = 8192) {
    const auto parsed = parse_template(text);
    CHECK_TRUE(parsed.ok());
    std::pmr::string out;
    expand(*parsed, facts, "my-rule", escape, out, limit);
    return std::string(out);
  }
  std::string error(const char* text) {
    const auto parsed = parse_template(text);
    return parsed.ok() ? "" : parsed.error().text;
  }
};

TEST(RuleTemplate, puts_values_of_the_request_where_variables_stand) {
  request.with("X-Api", "v1").with("Cookie", "a=b; id=7");
  request.the_server_port = 8443;
  STRCMP_EQUAL("my-rule: v1 7 GET 8443 end",
               expanded("${rule.id}: ${header:x-api} ${cookie:id} ${method} ${port} end", Escape::none).c_str());
}

TEST(RuleTemplate, a_variable_without_a_value_is_empty) {
  STRCMP_EQUAL("<>", expanded("<${header:X-None}>", Escape::none).c_str());
  STRCMP_EQUAL("<>", expanded("<${status}>", Escape::none).c_str());
}

TEST(RuleTemplate, a_doubled_dollar_is_a_dollar) { STRCMP_EQUAL("5$ ${", expanded("5$$ $${", Escape::none).c_str()); }

TEST(RuleTemplate, escapes_values_for_where_they_go_and_nothing_else) {
  STRCMP_EQUAL("<p>/a&lt;b&gt;</p>", expanded("<p>${path}</p>", Escape::html).c_str());
  request.with("X-Q", "a\"b\\c\x01");
  STRCMP_EQUAL("{\"q\":\"a\\\"b\\\\c\\u0001\"}", expanded("{\"q\":\"${header:X-Q}\"}", Escape::json).c_str());
  request.with("X-U", "//evil.test?x#y z");
  STRCMP_EQUAL("/to///evil.test%3Fx%23y%20z", expanded("/to/${header:X-U}", Escape::url).c_str());
}

TEST(RuleTemplate, a_value_never_begins_a_new_line_of_a_header) {
  request.with("X-Bad", "a\r\nSet-Cookie: x=1");
  STRCMP_EQUAL("a??Set-Cookie: x=1", expanded("${header:X-Bad}", Escape::field_value).c_str());
  STRCMP_EQUAL("a?\nSet-Cookie: x=1", expanded("${header:X-Bad}", Escape::none).c_str());
}

TEST(RuleTemplate, takes_no_more_of_values_than_the_limit) {
  request.with("X-Long", std::string(100, 'x'));
  STRCMP_EQUAL("[xxxxx|]", expanded("[${header:X-Long}|${header:X-Long}]", Escape::none, 5).c_str());
}

TEST(RuleTemplate, says_what_is_wrong_with_a_variable) {
  STRCMP_EQUAL("'${' has no '}'", error("a ${path").c_str());
  STRCMP_EQUAL("there is no variable 'pth'", error("${pth}").c_str());
  STRCMP_EQUAL("'header' needs a name: ${header:name}", error("${header}").c_str());
  STRCMP_EQUAL("'path' has no names: ${path}", error("${path:x}").c_str());
  STRCMP_EQUAL("'$' is written '$$', and a variable '${name}'", error("costs 5$").c_str());
}

TEST(RuleTemplate, knows_what_content_types_need) {
  CHECK_TRUE(Escape::html == escape_for("text/html; charset=utf-8"));
  CHECK_TRUE(Escape::html == escape_for("image/svg+xml"));
  CHECK_TRUE(Escape::json == escape_for("application/problem+json"));
  CHECK_TRUE(Escape::none == escape_for("text/plain"));
}
