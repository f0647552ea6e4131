#include "navajo/files/http_date.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::files;

TEST_GROUP(HttpDate) {
  std::string text(time_t seconds) {
    const HttpDate date = format_http_date(seconds);
    return {date.data(), date.size()};
  }
};

TEST(HttpDate, writes_the_preferred_form) {
  STRCMP_EQUAL("Sun, 06 Nov 1994 08:49:37 GMT", text(784111777).c_str());
  STRCMP_EQUAL("Thu, 01 Jan 1970 00:00:00 GMT", text(0).c_str());
}

TEST(HttpDate, reads_what_it_writes) {
  for (const time_t seconds : {time_t{0}, time_t{784111777}, time_t{951782400}, time_t{4102444799}})
    LONGS_EQUAL(seconds, parse_http_date(text(seconds)).value());
}

TEST(HttpDate, reads_nothing_else) {
  for (const char* wrong : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                            "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
                            "Sun, 06 ovD 1994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT"})
    CHECK_FALSE_TEXT(parse_http_date(wrong).has_value(), wrong);
}
