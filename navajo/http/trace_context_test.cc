#include "navajo/http/trace_context.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

namespace {
const std::string kGood = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
}

TEST_GROUP(TraceContext) {
  static bool state(std::vector<std::string_view> values) { return is_tracestate(values); }
};

TEST(TraceContext, takes_a_traceparent_apart_and_puts_it_together) {
  const auto parsed = parse_traceparent(kGood);
  CHECK(parsed.has_value());
  STRCMP_EQUAL("0af7651916cd43dd8448eb211c80319c", std::string(parsed->trace()).c_str());
  STRCMP_EQUAL("b7ad6b7169203331", std::string(parsed->parent()).c_str());
  CHECK(parsed->sampled());
  const auto text = traceparent_text(*parsed);
  STRCMP_EQUAL(kGood.c_str(), std::string(text.data(), text.size()).c_str());
}

TEST(TraceContext, flags_nobody_knows_are_not_passed_on) {
  LONGS_EQUAL(3, parse_traceparent(kGood.substr(0, 53) + "ff")->flags);
  LONGS_EQUAL(0, parse_traceparent(kGood.substr(0, 53) + "f4")->flags);
}

TEST(TraceContext, of_a_later_version_takes_what_it_knows) {
  CHECK(parse_traceparent("01" + kGood.substr(2)).has_value());
  CHECK(parse_traceparent("cc" + kGood.substr(2) + "-what-the-future-brings").has_value());
  CHECK_FALSE(parse_traceparent("cc" + kGood.substr(2) + ".what").has_value());
}

TEST(TraceContext, refuses_whatever_is_not_exactly_a_traceparent) {
  const std::string bad[] = {"",
                             kGood.substr(0, 54),
                             kGood + "-",
                             kGood + "0",
                             "ff" + kGood.substr(2),
                             "0g" + kGood.substr(2),
                             "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                             "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                             "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
                             "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                             "00-0af7651916cd43dd8448eb211c80319cb-7ad6b7169203331-01"};
  for (const std::string& one : bad) CHECK_FALSE_TEXT(parse_traceparent(one).has_value(), one.c_str());
  CHECK(parse_traceparent(" " + kGood + "\t").has_value());
}

TEST(TraceContext, a_tracestate_is_a_list_of_keys_and_values) {
  CHECK(state({"congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"}));
  CHECK(state({"a=1, ,b=2", "t@vendor=x y"}));
  CHECK(state({"0tenant=1"}));
  CHECK_FALSE(state({""}));
  CHECK_FALSE(state({}));
  for (const char* bad : {"a", "a=", "A=1", "a b=1", "a=b=c", "a=1;b=\x01", "@v=1", "t@=1", "t@1v=1", "a=\xc3\xa4"})
    CHECK_FALSE_TEXT(state({bad}), bad);
}

TEST(TraceContext, a_key_twice_or_too_many_members_make_a_tracestate_invalid) {
  CHECK_FALSE(state({"a=1,b=2", "a=3"}));
  std::string many;
  for (int i = 0; i < 32; i++) many += "k" + std::to_string(i) + "=v,";
  CHECK(state({many}));
  CHECK_FALSE(state({many, "one=more"}));
  CHECK_FALSE(state({std::string(257, 'k') + "=v"}));
  CHECK_FALSE(state({"k=" + std::string(257, 'v')}));
}
