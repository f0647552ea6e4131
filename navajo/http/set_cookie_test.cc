#include "navajo/http/set_cookie.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(SetCookie){// "name|value|domain|path|max-age|expires|flags", or "none".
                      std::string parsed(std::string_view field){const auto cookie = parse_set_cookie(field);
if (!cookie) return "none";
const auto number = [](const std::optional<int64_t>& of) { return of ? std::to_string(*of) : std::string(); };
return std::string(cookie->name) + "|" + std::string(cookie->value) + "|" + std::string(cookie->domain) + "|" +
       std::string(cookie->path) + "|" + number(cookie->max_age) + "|" + number(cookie->expires) + "|" +
       (cookie->secure ? "S" : "") + (cookie->http_only ? "H" : "");
}
int64_t date(std::string_view text) { return parse_cookie_date(text).value_or(-1); }
}
;

TEST(SetCookie, name_and_value_stand_before_the_first_semicolon) {
  STRCMP_EQUAL("a|b|||||", parsed("a=b").c_str());
  STRCMP_EQUAL("a|b=c|||||", parsed("  a  =  b=c  ; unknown=1; other").c_str());
  STRCMP_EQUAL("a|\"b c\"|||||", parsed("a=\"b c\"").c_str());
  STRCMP_EQUAL("a||||||", parsed("a=").c_str());
}

TEST(SetCookie, what_could_be_read_as_something_else_is_no_cookie) {
  for (const char* field : {"", ";", "a", "=b", " =b", "a b=c", "a,b=c", "\"a\"=c", "a;b=c"})
    STRCMP_EQUAL_TEXT("none", parsed(field).c_str(), field);
  STRCMP_EQUAL("none", parsed(std::string_view("a=b\0c", 5)).c_str());
  STRCMP_EQUAL("none", parsed("a=b; Path=/\r\nX: 1").c_str());
}

TEST(SetCookie, attributes_are_found_in_any_case_and_the_last_one_counts) {
  STRCMP_EQUAL("a|b|example.test|/x|60||SH",
               parsed("a=b; DOMAIN=.example.test; path=/; PATH=/x; max-age=5; Max-Age=60; secure; HttpOnly").c_str());
  STRCMP_EQUAL("a|b|||||S", parsed("a=b;Domain=;Path=x;Secure=no").c_str());
  STRCMP_EQUAL("a|b|||||", parsed("a=b;Path=/x;Path").c_str());
  STRCMP_EQUAL("a|b|||||", parsed("a=b; Path=/" + std::string(1024, 'x')).c_str());
}

TEST(SetCookie, Max_Age_is_a_number_within_400_days) {
  STRCMP_EQUAL("a|b|||34560000||", parsed("a=b; Max-Age=99999999999999999999999").c_str());
  STRCMP_EQUAL("a|b|||0||", parsed("a=b; Max-Age=-1").c_str());
  STRCMP_EQUAL("a|b|||7||", parsed("a=b; Max-Age=0000000000000000000000007").c_str());
  for (const char* field : {"a=b; Max-Age", "a=b; Max-Age=-", "a=b; Max-Age=+5", "a=b; Max-Age=5s", "a=b; Max-Age=1.5"})
    STRCMP_EQUAL_TEXT("a|b|||||", parsed(field).c_str(), field);
}

TEST(SetCookie, dates_are_read_in_every_form_that_servers_write) {
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994", "6 nov 1994 8:49:37", "Sun, 6-November-1994 08:49:37x UTC"})
    CHECK_EQUAL_TEXT(784111777, date(text), text);
  CHECK_EQUAL(0, date("Thu, 01 Jan 1970 00:00:00 GMT"));
  CHECK_EQUAL(4102444799, date("31 Dec 2099 23:59:59"));
  CHECK_EQUAL(1893456000, date("1 Jan 30 00:00:00"));
}

TEST(SetCookie, a_date_that_does_not_exist_is_none) {
  for (const char* text :
       {"", "0", "Sun, 31 Feb 2020 00:00:00", "1 Jan 2020", "1 Jan 2020 24:00:00", "1 Jan 1600 0:0:0",
        "32 Jan 2020 0:0:0", "0 Jan 2020 0:0:0", "1 Foo 2020 0:0:0", "1 Jan 20201 0:0:0"})
    CHECK_FALSE_TEXT(parse_cookie_date(text).has_value(), text);
  STRCMP_EQUAL("a|b|||||", parsed("a=b; Expires=never").c_str());
}

TEST(SetCookie, the_default_path_is_the_folder_of_the_request) {
  STRCMP_EQUAL("/", std::string(default_cookie_path("/")).c_str());
  STRCMP_EQUAL("/", std::string(default_cookie_path("/x")).c_str());
  STRCMP_EQUAL("/x", std::string(default_cookie_path("/x/")).c_str());
  STRCMP_EQUAL("/x/y", std::string(default_cookie_path("/x/y/z")).c_str());
  STRCMP_EQUAL("/", std::string(default_cookie_path("*")).c_str());
}

TEST(SetCookie, a_path_holds_for_what_is_below_it) {
  CHECK_TRUE(cookie_path_matches("/x", "/x"));
  CHECK_TRUE(cookie_path_matches("/x/y", "/x"));
  CHECK_TRUE(cookie_path_matches("/x/y", "/x/"));
  CHECK_TRUE(cookie_path_matches("/anything", "/"));
  CHECK_FALSE(cookie_path_matches("/xy", "/x"));
  CHECK_FALSE(cookie_path_matches("/x", "/x/"));
  CHECK_FALSE(cookie_path_matches("/", "/x"));
}

TEST(SetCookie, a_domain_holds_for_names_below_it) {
  CHECK_TRUE(cookie_domain_matches("a.example.test", "Example.Test"));
  CHECK_TRUE(cookie_domain_matches("example.test", "example.test"));
  CHECK_FALSE(cookie_domain_matches("aexample.test", "example.test"));
  CHECK_FALSE(cookie_domain_matches("example.test", "a.example.test"));
  CHECK_FALSE(cookie_domain_matches("example.test", ""));
  CHECK_TRUE(cookie_domain_matches("10.0.0.1", "10.0.0.1"));
  CHECK_FALSE(cookie_domain_matches("10.0.0.1", "0.0.1"));
}

TEST(SetCookie, names_and_values_that_start_no_second_cookie) {
  CHECK_TRUE(is_cookie_name("JSESSIONID"));
  CHECK_TRUE(is_cookie_name("a[b]@c"));
  for (const char* name : {"", "a b", "a=b", "a;b", "a,b", "\"a\"", "a\tb", "a\r"})
    CHECK_FALSE_TEXT(is_cookie_name(name), name);
  CHECK_TRUE(is_cookie_value("\"x y\""));
  CHECK_TRUE(is_cookie_value(""));
  for (const char* value : {"a;b", " a", "a\n"}) CHECK_FALSE_TEXT(is_cookie_value(value), value);
}
