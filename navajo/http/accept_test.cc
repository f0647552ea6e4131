#include "navajo/http/accept.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo;

TEST_GROUP(Accept) {
  bool json(const char* accept) {
    http::HeaderList headers;
    headers.set("Accept", accept);
    return http::prefers_json(headers);
  }
};

TEST(Accept, browsers_and_people_get_html) {
  CHECK_FALSE(http::prefers_json(http::HeaderList()));
  CHECK_FALSE(json("*/*"));
  CHECK_FALSE(json("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
  CHECK_FALSE(json("text/html, application/json"));
  CHECK_FALSE(json("application/json;q=0.5, text/html"));
  CHECK_FALSE(json("application/json;q=x"));
}

TEST(Accept, programs_get_json) {
  CHECK_TRUE(json("application/json"));
  CHECK_TRUE(json("application/problem+json, text/html;q=0.9"));
  CHECK_TRUE(json("application/json, text/plain, */*"));
  http::HeaderList headers;
  headers.set("X-Requested-With", "XMLHttpRequest");
  headers.set("Accept", "text/html");
  CHECK_TRUE(http::prefers_json(headers));
}

TEST(Accept, a_page_is_shown_to_who_goes_to_one) {
  http::HeaderList headers;
  CHECK_TRUE(http::can_show_page(headers));
  headers.set("Sec-Fetch-Mode", "navigate");
  CHECK_TRUE(http::can_show_page(headers));
  for (const char* mode : {"cors", "no-cors", "same-origin", "websocket"}) {
    headers.set("Sec-Fetch-Mode", mode);
    CHECK_FALSE_TEXT(http::can_show_page(headers), mode);
  }
  headers.set("Sec-Fetch-Mode", "navigate");
  headers.set("Accept", "application/json");
  CHECK_FALSE(http::can_show_page(headers));
}
