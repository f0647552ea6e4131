#include "navajo/container/error_page.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;

TEST_GROUP(ErrorPage) {
  bool json(const char* accept) {
    http::HeaderList headers;
    headers.set("Accept", accept);
    return container::prefers_json(headers);
  }
};

TEST(ErrorPage, browsers_and_people_get_html) {
  CHECK_FALSE(container::prefers_json(http::HeaderList()));
  CHECK_FALSE(json("*/*"));
  CHECK_FALSE(json("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
  CHECK_FALSE(json("text/html, application/json"));
  CHECK_FALSE(json("application/json;q=0.5, text/html"));
  CHECK_FALSE(json("application/json;q=x"));
}

TEST(ErrorPage, programs_get_json) {
  CHECK_TRUE(json("application/json"));
  CHECK_TRUE(json("application/problem+json, text/html;q=0.9"));
  CHECK_TRUE(json("application/json, text/plain, */*"));
  http::HeaderList headers;
  headers.set("X-Requested-With", "XMLHttpRequest");
  headers.set("Accept", "text/html");
  CHECK_TRUE(container::prefers_json(headers));
}
