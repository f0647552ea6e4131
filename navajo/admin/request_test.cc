#include "navajo/admin/request.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::admin;
using namespace std::chrono_literals;

TEST_GROUP(AdminRequest) {
  std::string code(const std::string& text) {
    const auto request = parse_request(text);
    return request.ok() ? "" : request.error().code;
  }
};

TEST(AdminRequest, selects_by_all_fields) {
  const auto request = parse_request(
      "navajo/1 session kill user=anna id=0123456789ab store=Sessions older-than=60 idle-for=5 limit=3 format=fields");
  CHECK(request.ok());
  CHECK(request->command == Command::session_kill);
  CHECK(request->format == Format::fields);
  STRCMP_EQUAL("anna", request->selection.user->c_str());
  STRCMP_EQUAL("0123456789ab", request->selection.id->c_str());
  STRCMP_EQUAL("Sessions", request->selection.store->c_str());
  CHECK(request->selection.older_than == 60s);
  CHECK(request->selection.idle_for == 5s);
  LONGS_EQUAL(3, request->selection.limit);
  CHECK_FALSE(request->selection.all);
}

TEST(AdminRequest, needs_a_selection_for_what_ends_or_shows_sessions) {
  STRCMP_EQUAL("", code("navajo/1 session list").c_str());
  STRCMP_EQUAL("nothing_selected", code("navajo/1 session kill").c_str());
  STRCMP_EQUAL("nothing_selected", code("navajo/1 session show").c_str());
  STRCMP_EQUAL("nothing_selected", code("navajo/1 session kill store=Sessions limit=1").c_str());
  STRCMP_EQUAL("", code("navajo/1 session kill all=yes").c_str());
  STRCMP_EQUAL("", code("navajo/1 session kill older-than=1").c_str());
  STRCMP_EQUAL("", code("navajo/1 session kill idle-for=1").c_str());
}

TEST(AdminRequest, says_what_it_does_not_understand) {
  STRCMP_EQUAL("unsupported_version", code("navajo/2 session list").c_str());
  STRCMP_EQUAL("unsupported_version", code("session list").c_str());
  STRCMP_EQUAL("unsupported_version", code("a=b").c_str());
  STRCMP_EQUAL("unknown_command", code("navajo/1 session").c_str());
  STRCMP_EQUAL("unknown_command", code("navajo/1 session sell").c_str());
  STRCMP_EQUAL("unknown_command", code("navajo/1 session list more").c_str());
  STRCMP_EQUAL("bad_request", code("").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 session list colour=blue").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 store list user=anna").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 session list format=xml").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 session kill all=no").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 session list user=").c_str());
}

TEST(AdminRequest, takes_numbers_that_are_whole_and_fit) {
  for (const char* value : {"", "0", "-1", "+1", "1s", "1.5", " 1", "315360001", "99999999999999999999"})
    STRCMP_EQUAL_TEXT("bad_request", code(std::string("navajo/1 session list idle-for=") + value).c_str(), value);
  STRCMP_EQUAL("", code("navajo/1 session list idle-for=315360000 limit=1000000000").c_str());
}

TEST(AdminRequest, never_takes_a_whole_session_id) {
  STRCMP_EQUAL("bad_request", code("navajo/1 session list id=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 session list id=0123456789AB").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 session list id=0123456789a").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 session list id=").c_str());
}

TEST(AdminRequest, is_described_for_the_log_in_one_line) {
  STRCMP_EQUAL("session kill user=a%0Ab older-than=60",
               describe(*parse_request("navajo/1 session kill older-than=60 user=a%0Ab")).c_str());
  STRCMP_EQUAL("session kill store=S limit=2 all=yes",
               describe(*parse_request("navajo/1 session kill all=yes store=S limit=2")).c_str());
}

TEST(AdminRequest, for_rules_may_name_one_element_and_nothing_else) {
  const auto request = parse_request("navajo/1 rules reload rules=site format=fields");
  CHECK(request.ok());
  CHECK(request->command == Command::rules_reload);
  STRCMP_EQUAL("site", request->rules->c_str());
  STRCMP_EQUAL("", code("navajo/1 rules show").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 rules show rules=").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 rules reload all=yes").c_str());
  STRCMP_EQUAL("bad_request", code("navajo/1 session list rules=site").c_str());
}
