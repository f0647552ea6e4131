#include "navajo/http/cookies.h"

#include <memory_resource>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(Cookies) {
  std::string walked(std::string_view field) {
    std::string out;
    CookieWalker walk(field);
    while (const auto cookie = walk.next())
      out += "[" + std::string(cookie->name) + "|" + std::string(cookie->value) + "]";
    return out;
  }
};

TEST(Cookies, pairs_are_found_however_they_are_spaced) {
  STRCMP_EQUAL("[a|1][b|2][c|x=y]", walked("a=1;b=2 ;  c=x=y").c_str());
  STRCMP_EQUAL("[a|\"q\"][b|]", walked("a=\"q\"; b=").c_str());
}

TEST(Cookies, what_is_no_pair_is_skipped) {
  STRCMP_EQUAL("[b|2]", walked("; a ;; =x; b=2;").c_str());
  STRCMP_EQUAL("", walked("").c_str());
}

TEST(Cookies, one_name_is_taken_out_of_all_fields_and_the_rest_stays) {
  HeaderList headers;
  headers.add("Cookie", "a=1; own=x; b=2");
  headers.add("cookie", "own=y; c=3");
  remove_cookie(headers, "own", *std::pmr::get_default_resource());
  STRCMP_EQUAL("a=1; b=2; c=3", std::string(*headers.get("Cookie")).c_str());
  CHECK_EQUAL(1u, headers.size());
  remove_cookie(headers, "own", *std::pmr::get_default_resource());
  STRCMP_EQUAL("a=1; b=2; c=3", std::string(*headers.get("Cookie")).c_str());
}

TEST(Cookies, a_field_with_nothing_else_goes) {
  HeaderList headers;
  headers.add("Cookie", "own=x");
  remove_cookie(headers, "own", *std::pmr::get_default_resource());
  CHECK_FALSE(headers.get("Cookie").has_value());
}
