#include "navajo/rules/lint.h"

#include <string>

#include "navajo/rules/pattern_cost.h"
#include "navajo/rules/rules_xml.h"
#include "navajo/rules/vocabulary.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::rules;

namespace {
[[maybe_unused]] const size_t kTables = lint_kinds().size() + (row_below(root_row(), "rule") ? 1 : 0);
}

TEST_GROUP(Lint) {
  // "kind:id" of every finding that names a rule, "kind" of others.
  std::string findings(const std::string& inside) {
    config::Diagnostics diagnostics;
    const RuleFile file = parse_rule_file("rules.xml", "<rules>" + inside + "</rules>", diagnostics);
    for (const config::Fault& fault : diagnostics.faults()) FAIL((inside + "\n" + fault.line()).c_str());
    std::string out;
    for (const Finding& finding : lint(file)) {
      out += (out.empty() ? "" : " ") + std::string(finding.kind);
      if (finding.text.starts_with("rule '")) out += ":" + finding.text.substr(6, finding.text.find('\'', 6) - 6);
    }
    return out;
  }
  // Of two rules, the first of which ends the set.
  std::string second(const std::string& first, const std::string& then) {
    return findings("<list name='l'>/x\n/y/*</list><list name='n' type='network'>10.0.0.0/8</list>"
                    "<rule id='u' when='macro(m)' continue='true'/>"
                    "<macro name='m' when='path(@l) or client(@n)'/>"
                    "<rule id='a' when=\"" + first + "\"/><rule id='b' when=\"" + then + "\"/>");
  }
  void is(const std::string& expected, const std::string& found) { STRCMP_EQUAL(expected.c_str(), found.c_str()); }
};

TEST(Lint, says_nothing_about_rules_that_are_fine) {
  is("", findings("<rule id='a' when='path(/a)'/><rule id='b' when='path(/b)'/><rule id='c' when='always'/>"));
  is("", second("path('/a/*')", "path('/a/**')"));
  is("", second("host('*.a.test')", "host('*.test')"));
  is("", second("client(10.0.0.0/16)", "client(10.0.0.0/8)"));
  is("", second("header(X=1)", "header(X)"));
  is("", second("method(GET) and user()", "method(GET)"));
  is("", second("method(GET)", "method(GET) or user()"));
  is("", second("header('X=1') and header('X=2')", "user()"));
  is("", second("role(a) and role(b)", "user()"));
}

TEST(Lint, names_rules_behind_one_that_ends_the_set) {
  is("unreachable:b unreachable:c",
     findings("<rule id='a' when='always'/><rule id='b' when='user()'/><rule id='c' when='always'/>"));
  is("unreachable:b", findings("<rule id='a' when='user()'><pass/><else><block/></else></rule>"
                               "<rule id='b' when='always'/>"));
  is("", findings("<rule id='a' when='always' continue='true'/><rule id='b' when='user()'/>"));
  is("", findings("<rule id='a' when='always' shadow='true'/><rule id='b' when='user()'/>"));
  is("unreachable:b", findings("<set name='s' match='all'><rule id='a' when='always'><pass/></rule>"
                               "<rule id='b' when='user()'/></set>"));
  is("", findings("<set name='s' match='all'><rule id='a' when='always'><tag name='x'/></rule>"
                  "<rule id='b' when='user()'/></set>"));
}

TEST(Lint, does_not_forget_that_rules_may_be_skipped) {
  is("", findings("<set name='s' match='all'><rule id='z' when='user()'><skip to='b'/></rule>"
                  "<rule id='a' when='always'><pass/></rule><rule id='b' when='port(1)'/></set>"));
}

TEST(Lint, names_duplicates) {
  is("duplicate:b", second("path(/a) and user()", "(path('/a')) and user()"));
  is("same-condition:b", findings("<set name='s' match='all'><rule id='a' when='user()'><tag name='x'/></rule>"
                                  "<rule id='b' when='user()'><tag name='y'/></rule></set>"));
  is("", findings("<rule id='a' when='user()'/><rule id='b' when='user()'><pass/><else><block/></else></rule>"));
  is("", findings("<rule id='a' when='tag(x)'/><rule id='b' when='tag(x)'/>"));
}

TEST(Lint, names_rules_in_the_shadow_of_wider_ones) {
  const char* const rows[][2] = {
      {"path('/a/**')", "path('/a/b/*')"},
      {"path('/a/**')", "path('/a/b')"},
      {"host('*.test')", "host('*.a.test')"},
      {"host('*.test')", "host(a.test)"},
      {"client(10.0.0.0/8)", "client(10.1.0.0/16)"},
      {"client(10.0.0.0/8)", "client(10.1.2.3)"},
      {"client(::ffff:10.0.0.0/104)", "client(10.1.2.3)"},
      {"client(@n)", "client(10.1.2.0/24)"},
      {"path(@l)", "path(/x)"},
      {"path(@l)", "path(/y/z)"},
      {"port(1-1000)", "port(443)"},
      {"user() or port(1-9)", "port(3-4)"},
      {"header(X)", "header('X~^v[0-9]')"},
      {"user()", "user() and method(GET)"},
      {"method(GET, HEAD)", "method(HEAD) and user()"},
      {"not method(POST)", "method(GET)"},
      {"not path('/a/b/**')", "not path('/a/**')"},
      {"user() and method(GET)", "path(/a) and method(GET) and user()"},
  };
  for (const auto& row : rows) STRCMP_EQUAL_TEXT("shadowed:b", second(row[0], row[1]).c_str(), row[1]);
}

TEST(Lint, names_conditions_that_contradict_themselves) {
  is("never:b", second("port(9)", "host(a.test) and host(b.test)"));
  is("never:b", second("port(9)", "method(GET) and not method(GET)"));
  is("never:b", second("port(9)", "method(GET) and (user() and not method(GET, HEAD))"));
  is("never:b", second("port(9)", "request.size(>1M) and request.size(&lt;1K)"));
  is("never:b", second("port(9)", "client(10.0.0.0/8) and client(192.0.2.0/24)"));
  is("never:b", second("port(9)", "path(/a) and path('/b/**')"));
  is("never:b", second("port(9)", "not always"));
  is("constant:b", second("port(9)", "user() or not user()"));
}

TEST(Lint, names_what_nothing_uses) {
  is("unused unused", findings("<list name='l'>x</list><macro name='m' when='always'/>"));
}

TEST(Lint, names_limits_that_a_client_can_evade) {
  const auto rate = [&](const char* more) {
    return findings(std::string("<rule id='a' when='always'><rate limit='1/s' ") + more + "/></rule>");
  };
  is("evadable-limit:a", rate("key='header(X-Api)'"));
  is("evadable-limit:a", rate("key='header(X-Api)+host'"));
  is("", rate("key='header(X-Api)' addressLimit='5'"));
  is("", rate("key='header(X-Api)+client'"));
  is("", rate("key='user'"));
  is("", rate(""));
}

TEST(Lint, names_patterns_that_take_long) {
  for (const char* slow : {"(a+)+$", "(a|a)*b", "(.*a){20}", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y",
                           "^(\\w+\\s?)*$", "(?:a|aa)+$"})
    CHECK_TRUE_TEXT(slow_on(slow, {}).has_value(), slow);
  for (const char* fast : {"^/api/v[0-9]+/", "(a+b)+$", "^[a-z0-9-]{1,63}(\\.[a-z0-9-]{1,63})*$", "\\.(php|asp)$",
                           "^Bearer [A-Za-z0-9._-]+$", "(foo|bar)+", "union\\s+select", "^v1", "[", "a{2}"})
    CHECK_FALSE_TEXT(slow_on(fast, {}).has_value(), fast);
  is("slow-pattern:a", findings("<rule id='a' when='query(\"~(a+)+$\")'/>"));
  is("slow-pattern:a", findings("<rule id='a' when='always'><capture name='x' from='query' pattern='(a+)+$'/></rule>"));
}

TEST(Lint, names_patterns_that_are_none) {
  STRCMP_EQUAL("=/a.b", plain_form("^/a\\.b$", true)->c_str());
  STRCMP_EQUAL(":/a/**", plain_form("^/a/", true)->c_str());
  STRCMP_EQUAL(":*abc*", plain_form("abc", false)->c_str());
  STRCMP_EQUAL(":*abc", plain_form("abc$", false)->c_str());
  for (const char* none : {"a.b", "^a|b", "a+", "\\d", "^$", "a\\*b"}) CHECK_FALSE_TEXT(plain_form(none, false), none);
  CHECK_FALSE(plain_form("abc", true));
  is("plain-pattern:a", findings("<rule id='a' when='path(\"~^/a/\")'/>"));
}
