#include "navajo/observe/json_writer.h"

#include <limits>
#include <string>

#include "CppUTest/TestHarness.h"

using navajo::observe::JsonWriter;

TEST_GROUP(JsonWriter){};

TEST(JsonWriter, puts_commas_between_members_and_elements_only) {
  JsonWriter json;
  json.begin_object().key("a").natural(1).key("b").begin_array().integer(-2).boolean(true).end_array();
  json.key("c").begin_object().end_object().key("d").text("x").end_object();
  STRCMP_EQUAL(R"({"a":1,"b":[-2,true],"c":{},"d":"x"})", json.str().c_str());
}

TEST(JsonWriter, escapes_quotes_backslashes_and_control_bytes) {
  JsonWriter json;
  json.text("a\"b\\c\nd\x7f");
  STRCMP_EQUAL("\"a\\\"b\\\\c\\u000ad\\u007f\"", json.str().c_str());
}

TEST(JsonWriter, keeps_utf8_and_replaces_what_is_not) {
  JsonWriter json;
  json.begin_array().text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  json.text("\xff" "a" "\xc3").text("\xed\xa0\x80").text("\xc0\xaf").end_array();
  STRCMP_EQUAL("[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\",\"\\ufffda\\ufffd\",\"\\ufffd\\ufffd\\ufffd\","
               "\"\\ufffd\\ufffd\"]",
               json.str().c_str());
}

TEST(JsonWriter, writes_whole_numbers_without_fraction_and_no_number_as_null) {
  JsonWriter json;
  json.begin_array().number(3).number(0.25).number(1e300).number(std::numeric_limits<double>::infinity());
  json.natural(UINT64_MAX).end_array();
  STRCMP_EQUAL("[3,0.25,1e+300,null,18446744073709551615]", json.str().c_str());
}

TEST(JsonWriter, escapes_what_a_terminal_or_a_reader_of_lines_would_take_for_something_else) {
  JsonWriter json;
  json.begin_array().text("\xc2\x9b\xc2\xa0\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa").end_array();
  STRCMP_EQUAL("[\"\\u009b\xc2\xa0\\u2028\\u2029\xe2\x80\xaa\"]", json.str().c_str());
}
