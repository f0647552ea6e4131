#include "navajo/filters/rewrite/substitution.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using navajo::api::FakeRequest;
using navajo::filters::rewrite::Substitution;

TEST_GROUP(Substitution) {
  FakeRequest request{"GET", "/a/b%20c?x=1&y"};
  std::vector<std::string_view> groups{"/a/b c", "b c", "?&#\r\n"};

  void setup() override { request.with("Host", "www.example.test").with("X-Evil", "evil.test"); }
  Substitution parsed(const char* text) {
    auto result = Substitution::parse(text, 3);
    if (!result.ok()) FAIL(result.error().text.c_str());
    return std::move(*result);
  }
  std::string path(const char* text) { return std::string(parsed(text).make_path(request, groups)); }
  std::string query(const char* text) {
    const auto made = parsed(text).make_query(request, groups);
    return made ? std::string(*made) : "(the request's)";
  }
  std::string location(const char* text) {
    const auto made = parsed(text).make_location(request, groups);
    return made ? std::string(*made) : "(none)";
  }
  void refused(const char* text, const char* why) {
    const auto result = Substitution::parse(text, 3);
    CHECK_FALSE_TEXT(result.ok(), text);
    STRCMP_CONTAINS(why, result.error().text.c_str());
  }
};

TEST(Substitution, groups_and_values_are_put_in) {
  STRCMP_EQUAL("/x/b c/y", path("/x/$1/y").c_str());
  STRCMP_EQUAL("/b c2$1", path("/$12$$1").c_str());
  STRCMP_EQUAL("/www.example.test/a/b c", path("/ENV:HTTP_Host;$0").c_str());
  STRCMP_EQUAL("/t-evil.test", path("/CONST:t-;HEADER:X-Evil;").c_str());
  STRCMP_EQUAL("/xENV:a", path("/xENV:a").c_str());
}

TEST(Substitution, a_question_mark_of_the_client_starts_no_query) {
  STRCMP_EQUAL("/?&#\r\n", path("/$2").c_str());
  STRCMP_EQUAL("(the request's)", query("/$2").c_str());
  STRCMP_EQUAL("a=%3F%26%23%0D%0A&b", query("/x?a=$2&b").c_str());
  STRCMP_EQUAL("x=1&y", query("/x?ENV:QUERY_STRING;").c_str());
  STRCMP_EQUAL("", query("/x?").c_str());
}

TEST(Substitution, a_minus_keeps_the_uri) {
  CHECK_TRUE(parsed("-").keeps_uri());
  CHECK_FALSE(parsed("/-").keeps_uri());
}

TEST(Substitution, a_location_is_encoded) {
  STRCMP_EQUAL("/n/b%20c?x=1&y", location("/n/$1").c_str());
  STRCMP_EQUAL("https://www.example.test/a/b%20c?x=1&y", location("https://ENV:HTTP_Host;$0").c_str());
  STRCMP_EQUAL("https://www.example.test/a/b%20c", location("https://ENV:HTTP_Host;ENV:REQUEST_URI;?").c_str());
  STRCMP_EQUAL("/x/%3F&%23%0D%0A", location("/x/$2?").c_str());
}

TEST(Substitution, a_client_cannot_choose_the_host) {
  groups[1] = ".evil.test/";
  STRCMP_EQUAL("(none)", location("https://www.example.test$1").c_str());
  groups[1] = "@evil.test/";
  STRCMP_EQUAL("(none)", location("https://www.example.test$1").c_str());
  groups[1] = ":80@evil.test/";
  STRCMP_EQUAL("(none)", location("https://www.example.test$1").c_str());
  groups[1] = "/ok";
  STRCMP_EQUAL("https://www.example.test/ok", location("https://www.example.test$1?").c_str());
  groups[0] = "//evil.test/";
  STRCMP_EQUAL("(none)", location("$0").c_str());
  groups[0] = "evil.test";
  STRCMP_EQUAL("(none)", location("$0").c_str());
  groups[0] = "https://evil.test";
  STRCMP_EQUAL("(none)", location("$0").c_str());
  groups[0] = "/\\evil.test";
  STRCMP_EQUAL("/%5Cevil.test", location("$0?").c_str());
  groups[1] = "/evil.test";
  STRCMP_EQUAL("(none)", location("/$1?").c_str());
  request.fields.set("Host", "evil.test@x");
  STRCMP_EQUAL("(none)", location("https://ENV:HTTP_Host;/a?").c_str());
}

TEST(Substitution, a_host_out_of_the_request_is_a_fault) {
  STRCMP_CONTAINS("takes the host", parsed("https://$1/").why_no_location()->c_str());
  STRCMP_CONTAINS("takes the host", parsed("https://HEADER:X-Evil;/").why_no_location()->c_str());
  STRCMP_CONTAINS("would name another server", parsed("//x/").why_no_location()->c_str());
  STRCMP_CONTAINS("starts with none of", parsed("javascript:x").why_no_location()->c_str());
  STRCMP_CONTAINS("nothing to redirect to", parsed("-").why_no_location()->c_str());
  CHECK_FALSE(parsed("/x").why_no_location().has_value());
  CHECK_FALSE(parsed("https://ENV:HTTP_Host;/").why_no_location().has_value());
}

TEST(Substitution, says_what_is_wrong) {
  refused("", "is empty");
  refused("?x", "has no path");
  refused("/$3", "$3 is no group");
  refused("/ENV:HTTP_Host", "has no semicolon");
  refused("/ENV:;", "ENV needs a name");
}
