#include "navajo/limits/flat_json.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::limits;
using Kind = JsonField::Kind;

namespace {

std::string why(std::string_view text) {
  const auto read = read_flat_json(text);
  return read.ok() ? "" : read.error().field + "|" + read.error().text;
}

}  // namespace

TEST_GROUP(FlatJson) {};

TEST(FlatJson, reads_texts_numbers_words_and_null) {
  const auto read = read_flat_json(" { \"a\" : \"x y\", \"b\":-1.5e3 ,\"c\":true,\"d\":null,\n\"e\":false } ");
  CHECK_TRUE(read.ok());
  LONGS_EQUAL(5, read->size());
  const Kind kinds[] = {Kind::text, Kind::number, Kind::boolean, Kind::null, Kind::boolean};
  const char* values[] = {"x y", "-1.5e3", "true", "null", "false"};
  for (size_t i = 0; i < 5; i++) {
    CHECK_TRUE((*read)[i].kind == kinds[i]);
    STRCMP_EQUAL(values[i], (*read)[i].value.c_str());
  }
  CHECK_TRUE(read_flat_json("{}")->empty());
}

TEST(FlatJson, decodes_what_is_escaped) {
  const auto read = read_flat_json("{\"a\\u0062\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\u20ac\\ud83d\\ude00\\ud800\"}");
  STRCMP_EQUAL("ab", (*read)[0].name.c_str());
  STRCMP_EQUAL("\"\\/\b\f\n\r\t\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd", (*read)[0].value.c_str());
}

TEST(FlatJson, refuses_what_is_no_object_of_plain_values) {
  for (const char* text : {"", " ", "[]", "1", "\"a\"", "{", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1}{}",
                           "{'a':1}",
                           "{\"a\":01}", "{\"a\":tru}", "{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}"})
    CHECK_FALSE(why(text).empty());
  STRCMP_EQUAL("a|is neither a text nor a number", why("{\"a\":{\"b\":1}}").c_str());
  STRCMP_EQUAL("a|is neither a text nor a number", why("{\"a\":[]}").c_str());
  STRCMP_EQUAL("a|stands there twice", why("{\"a\":1,\"\\u0061\":2}").c_str());
}

TEST(FlatJson, has_a_limit_of_fields) {
  std::string many = "{\"0\":0";
  for (int i = 1; i < 200; i++) many += ",\"" + std::to_string(i) + "\":0";
  STRCMP_CONTAINS("elements", why(many + "}").c_str());
}
