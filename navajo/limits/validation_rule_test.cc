#include "navajo/limits/validation_rule.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo;
using limits::RuleAction;
using limits::ValidationRule;

namespace {
constexpr config::ParamSpec kSpecs[] = {{.name = "Rules", .type = config::ParamType::lines}};
}

TEST_GROUP(ValidationRule) {
  config::Diagnostics diagnostics;

  std::vector<ValidationRule> parse(const char* text, limits::ValidationSyntax syntax = {.may_drop = true}) {
    diagnostics = {};
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, kSpecs, {{"Rules", {text, {"web.xml", 10, 1}}}},
                                diagnostics);
    return limits::parse_validation_rules(params, "Rules", params.positioned_lines("Rules"), syntax);
  }
  std::string fault(const char* text, limits::ValidationSyntax syntax = {}) {
    CHECK_TRUE(parse(text, syntax).empty());
    return diagnostics.ok() ? "" : diagnostics.faults()[0].line();
  }
};

TEST(ValidationRule, has_a_name_a_value_an_action_and_what_follows) {
  const auto rules = parse("^a$:^1$:allow\nb:.:deny:silent:400\nc:.:required::422\nRuleID:mine:d:.:drop:log");
  LONGS_EQUAL(4, rules.size());
  CHECK(rules[0].action == RuleAction::allow && !rules[0].logged && rules[0].status == 403);
  CHECK(rules[1].action == RuleAction::deny && !rules[1].logged && rules[1].status == 400);
  CHECK(rules[2].action == RuleAction::required && rules[2].logged && rules[2].status == 422);
  CHECK(rules[3].action == RuleAction::drop && rules[3].logged);
  STRCMP_EQUAL("mine", rules[3].id.c_str());
  STRCMP_EQUAL("line 11", rules[1].id.c_str());
}

TEST(ValidationRule, fits_where_both_expressions_are_found) {
  const auto rules = parse("^x:^\\d+$:allow");
  CHECK_TRUE(rules[0].matches("x1", "12"));
  CHECK_FALSE(rules[0].matches("ax", "12"));
  CHECK_FALSE(rules[0].matches("x1", "12a"));
}

TEST(ValidationRule, takes_a_colon_behind_a_backslash_for_part_of_the_expression) {
  const auto rules = parse("^u$:^https\\://\\w+$:allow");
  CHECK_TRUE(rules[0].matches("u", "https://host"));
}

TEST(ValidationRule, names_without_case_where_they_are_fields) {
  CHECK_TRUE(parse("^x-a$:.:deny", {.names_without_case = true})[0].matches("X-A", "1"));
  CHECK_FALSE(parse("^x-a$:.:deny")[0].matches("X-A", "1"));
}

TEST(ValidationRule, in_doubt_is_on_the_refusing_side) {
  const std::string endless = std::string(60, 'a') + "!";
  const auto rules = parse(".:^(a+)+$:deny\n.:^(a+)+$:allow\n.:^(a+)+$:drop\n.:^(a+)+$:required");
  CHECK_TRUE(rules[0].matches("n", endless));
  CHECK_FALSE(rules[1].matches("n", endless));
  CHECK_TRUE(rules[2].matches("n", endless));
  CHECK_FALSE(rules[3].matches("n", endless));
}

TEST(ValidationRule, faults_stand_at_their_line) {
  STRCMP_CONTAINS("web.xml:11:1: NVJ1312 filter 'f': Rules: 'b:c' is not name-regex", fault("a:b:deny\nb:c").c_str());
  STRCMP_CONTAINS("'forbid' is not one of allow, deny, required; a colon", fault("a:b:forbid").c_str());
  STRCMP_CONTAINS("'drop' is not one of", fault("a:b:drop").c_str());
  STRCMP_CONTAINS("'200' is not log, silent or a status", fault("a:b:deny:200").c_str());
  STRCMP_CONTAINS("Rules: ", fault("a(:b:deny").c_str());
  STRCMP_CONTAINS("Rules: ", fault("a:b[:deny").c_str());
}
