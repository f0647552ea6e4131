#include "navajo/http/accept.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo;

TEST_GROUP(Accept) {
  static constexpr std::string_view kOffered[] = {"en", "de", "fr", "pt-BR"};
  bool json(const char* accept) {
    http::HeaderList headers;
    headers.set("Accept", accept);
    return http::prefers_json(headers);
  }
  std::string language(std::string_view accept_language) {
    return std::string(kOffered[http::preferred_language(accept_language, kOffered)]);
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

TEST(Accept, the_language_of_the_highest_weight_is_taken) {
  STRCMP_EQUAL("fr", language("de;q=0.5, fr;q=0.9, en;q=0.1").c_str());
  STRCMP_EQUAL("de", language("es, de;q=0.8, en;q=0.7").c_str());
  STRCMP_EQUAL("de", language("de, fr").c_str());
}

TEST(Accept, regions_are_met_by_their_language_and_the_other_way_round) {
  STRCMP_EQUAL("de", language("DE-ch, fr;q=0.9").c_str());
  STRCMP_EQUAL("pt-BR", language("pt").c_str());
  STRCMP_EQUAL("pt-BR", language("pt-br, en;q=0.9").c_str());
  STRCMP_EQUAL("en", language("deu").c_str());
}

TEST(Accept, the_first_language_is_for_all_others) {
  STRCMP_EQUAL("en", language("").c_str());
  STRCMP_EQUAL("en", language("es, *;q=0.1").c_str());
  STRCMP_EQUAL("fr", language("*;q=0.1, fr;q=0.2").c_str());
  STRCMP_EQUAL("en", language("de;q=0").c_str());
  STRCMP_EQUAL("en", language(";;;,q=1,,=,\xff").c_str());
}

TEST(Accept, only_the_beginning_of_an_endless_list_is_read) {
  std::string list;
  for (int i = 0; i < 100; i++) list += "x" + std::to_string(i) + ",";
  STRCMP_EQUAL("en", language(list + "de").c_str());
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
