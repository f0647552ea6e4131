#include "navajo/container/request_flags.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;

TEST_GROUP(RequestFlags) {
  config::Diagnostics diagnostics;
  api::FakeRequest request;

  RequestFlags make(const std::string& text, const char* of_class = "", Needs always = 0,
                    const char* param = "RequestFlags") {
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, common_params(), {{param, {text, {"web.xml", 10, 5}}}},
                                diagnostics);
    return RequestFlags(params, of_class, always);
  }
  unsigned needs(const std::string& text, const char* of_class = "", Needs always = 0) {
    const RequestFlags flags = make(text, of_class, always);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return flags.needs(request);
  }
  std::string fault(const std::string& text, const char* param = "RequestFlags") {
    diagnostics = {};
    (void)make(text, "", 0, param);
    return diagnostics.ok() ? "" : diagnostics.faults()[0].line();
  }
};

TEST(RequestFlags, are_added_to_those_of_the_class_and_taken_away) {
  LONGS_EQUAL(0, needs(""));
  LONGS_EQUAL(kNeedsParameters, needs("", "+NEEDS_PARAMS"));
  LONGS_EQUAL(kNeedsParameters | kPrunesAcceptEncoding, needs("+PRUNE_ACCEPT_ENCODING", "+NEEDS_PARAMS"));
  LONGS_EQUAL(0, needs("-NEEDS_PARAMS", "+NEEDS_PARAMS"));
  LONGS_EQUAL(kPrunesAcceptEncoding, needs("NONE +PRUNE_ACCEPT_ENCODING", "+NEEDS_PARAMS"));
  LONGS_EQUAL(kNeedsParameters | kPrunesAcceptEncoding, needs("ALL -NEEDS_BUFFERED_BODY"));
  LONGS_EQUAL(kNeedsBufferedBody, needs("-NEEDS_BUFFERED_BODY  +NEEDS_BUFFERED_BODY"));
  LONGS_EQUAL(0, needs("+NEEDS_COOKIES +NEEDS_SET_COOKIES +HAS_RESPONSE_CONDITION -NEEDS_JSON_PARSING"));
  LONGS_EQUAL(kNeedsParameters, needs("NONE", "", kNeedsParameters));
}

TEST(RequestFlags, may_have_conditions_and_go_on_to_the_next_line) {
  const std::string text = "Condition:HEADER:X-A:1\n+NEEDS_PARAMS\n+PRUNE_ACCEPT_ENCODING";
  LONGS_EQUAL(kPrunesAcceptEncoding, needs(text));
  request.with("X-A", "1");
  LONGS_EQUAL(kPrunesAcceptEncoding | kNeedsParameters, needs(text));
  LONGS_EQUAL(kNeedsParameters, needs("Condition:PARAM:a:1\nNONE"));  // the condition itself asks
}

TEST(RequestFlags, ask_for_nothing_unless_somebody_says_so) {
  CHECK_TRUE(make("").idle());
  CHECK_TRUE(RequestFlags().idle());
  CHECK_FALSE(make("+NEEDS_PARAMS").idle());
  CHECK_FALSE(make("", "+NEEDS_PARAMS").idle());
  CHECK_FALSE(make("", "", kNeedsParameters).idle());
}

TEST(RequestFlags, name_what_is_wrong) {
  const std::string at = "web.xml:10:5: NVJ1312 filter 'f': ";
  STRCMP_EQUAL((at + "RequestFlags: NEEDS_GWT_PARSING is not there yet").c_str(), fault("+NEEDS_GWT_PARSING").c_str());
  STRCMP_EQUAL((at + "RequestFlags: there is no flag 'NEEDS_PARAM', did you mean 'NEEDS_PARAMS'?").c_str(),
               fault("+NEEDS_PARAM").c_str());
  STRCMP_EQUAL((at + "RequestFlags: 'NEEDS_PARAMS' is not ALL, NONE, +FLAG or -FLAG").c_str(),
               fault("NEEDS_PARAMS").c_str());
  STRCMP_EQUAL((at + "ModifierFlags: RESET_PARAMS is not there yet").c_str(),
               fault("+RESET_PARAMS", "ModifierFlags").c_str());
  STRCMP_EQUAL("", fault("NONE -RESET_PARAMS", "ModifierFlags").c_str());
}
