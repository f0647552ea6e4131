#include <string>

#include "navajo/http/headers.h"
#include "navajo/limits/limits.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;

TEST_GROUP(LimitFields) {
  http::HeaderList fields;
  std::string all() {
    std::string text;
    fields.for_each([&](std::string_view name, std::string_view value) {
      text.append(name).append(": ").append(value).append("\n");
      return true;
    });
    return text;
  }
};

TEST(LimitFields, an_allowed_request_is_told_policy_and_rest) {
  limits::write_fields(fields, limits::RateDecision{.limit = 100, .remaining = 50, .reset_after = 29001ms}, 60000ms,
                       "api", false);
  STRCMP_EQUAL("RateLimit-Policy: \"api\";q=100;w=60\nRateLimit: \"api\";r=50;t=30\n", all().c_str());
}

TEST(LimitFields, a_refused_one_is_told_when_to_come_again) {
  limits::write_fields(fields,
                       limits::RateDecision{.allowed = false, .limit = 5, .reset_after = 1900ms, .retry_after = 1ms},
                       500ms, "burst", true);
  STRCMP_EQUAL(
      "Retry-After: 1\nRateLimit-Policy: \"burst\";q=5\nRateLimit: \"burst\";r=0;t=2\n"
      "X-RateLimit-Limit: 5\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 2\n",
      all().c_str());
}

TEST(LimitFields, credits_have_fields_of_their_own) {
  limits::write_fields(fields, limits::CreditDecision{.limit = 1000, .remaining = 7, .reset_after = 3600s}, "day",
                       true);
  STRCMP_EQUAL(
      "RateLimit-Policy: \"day\";q=1000\nRateLimit: \"day\";r=7;t=3600\n"
      "X-Credit-Limit: 1000\nX-Credit-Remaining: 7\nX-Credit-Reset: 3600\n",
      all().c_str());
}

TEST(LimitFields, several_policies_stand_beside_each_other_and_the_longest_wait_counts) {
  limits::write_fields(fields, limits::CreditDecision{.allowed = false, .limit = 9, .reset_after = 60s}, "day", false);
  limits::write_fields(fields,
                       limits::RateDecision{.allowed = false, .limit = 5, .reset_after = 2s, .retry_after = 1500ms}, 1s,
                       "rate", false);
  STRCMP_EQUAL(
      "Retry-After: 60\nRateLimit-Policy: \"day\";q=9\nRateLimit: \"day\";r=0;t=60\n"
      "RateLimit-Policy: \"rate\";q=5;w=1\nRateLimit: \"rate\";r=0;t=2\n",
      all().c_str());
}

TEST(LimitFields, names_are_strings_of_structured_fields) {
  limits::write_fields(fields, limits::CreditDecision{.limit = UINT64_MAX}, "a\"b\\c\r\n\xc3\xa4", false);
  STRCMP_EQUAL(
      "RateLimit-Policy: \"a\\\"b\\\\c\";q=999999999999999\n"
      "RateLimit: \"a\\\"b\\\\c\";r=0;t=1\n",
      all().c_str());
}
