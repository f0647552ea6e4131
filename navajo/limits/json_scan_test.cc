#include "navajo/limits/json_scan.h"

#include <string>

#include "CppUTest/TestHarness.h"

using navajo::limits::JsonFault;
using navajo::limits::JsonLimits;
using navajo::limits::JsonScan;

namespace {

// Whole, and a byte at a time: both find the same.
JsonFault scanned(const std::string& text, JsonLimits limits = {}) {
  JsonScan whole(limits), bytes(limits);
  (void)whole.feed(text);
  (void)whole.finish();
  for (const char c : text) (void)bytes.feed({&c, 1});
  (void)bytes.finish();
  CHECK_TRUE_TEXT(whole.fault() == bytes.fault(), text.c_str());
  if (whole.position() != bytes.position()) FAIL(text.c_str());
  return whole.fault();
}
std::string deep(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_GROUP(JsonScan) {};

TEST(JsonScan, takes_what_rfc_8259_allows) {
  for (const char* text :
       {"{}", "[]", " [ ] ", "\t\r\n{ \"a\" : 1 , \"b\" : [ true , false , null ] }\n", "\"\"", "0", "-0", "-0.0e+10",
        "1E5", "12.75e-3", "true", "null", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\"", "[[],{},[{}]]",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "{\"\":\"\"}", "{\"a\":1,\"a\":2}", "\"\x7f\""})
    CHECK_TRUE_TEXT(scanned(text) == JsonFault::none, text);
}

TEST(JsonScan, refuses_what_is_no_json) {
  for (const char* text :
       {"{", "[", "\"", "[1", "{\"a\"", "{\"a\":", "{\"a\":1", "-", "1.", "1e", "1e+", "tru", "", "  "})
    CHECK_TRUE_TEXT(scanned(text) == JsonFault::incomplete, text);
  for (const char* text :
       {"[1,]", "{,}", "{\"a\":1,}", "[,1]", "01", "-a", "+1", ".5", "1.e5", "1e5.0", "NaN", "Infinity", "nul!",
        "truee", "'a'", "{a:1}", "{1:2}", "{\"a\" 1}", "[1 2]", "[1}", "{\"a\":1]", "]", "}", "1 2", "{} {}", "\"\\x\"",
        "\"\\u12g4\"", "\"\n\"", "[1]//", "/**/1", "\"\t\"", "0x1", "1_000", "[1,,2]", "{\"a\"::1}"})
    CHECK_TRUE_TEXT(scanned(text) == JsonFault::syntax, text);
  CHECK(scanned(std::string("[1\0]", 4)) == JsonFault::syntax);
}

TEST(JsonScan, refuses_what_is_not_utf_8) {
  for (const char* text : {"\"\x80\"", "\"\xc0\xaf\"", "\"\xc3\"", "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"",
                           "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xff\"", "\"\xe2\x82\""})
    CHECK_TRUE_TEXT(scanned(text) == JsonFault::encoding, text);
  CHECK(scanned("\xef\xbb\xbf{}") == JsonFault::syntax);  // a byte order mark
}

TEST(JsonScan, counts_elements_parent_and_child_are_two) {
  const std::string two = "{\"a\":1}", four = "[1,\"x\",{}]";
  CHECK(scanned(two, {.elements = 2}) == JsonFault::none);
  CHECK(scanned(two, {.elements = 1}) == JsonFault::elements);
  CHECK(scanned(four, {.elements = 4}) == JsonFault::none);
  CHECK(scanned(four, {.elements = 3}) == JsonFault::elements);
}

TEST(JsonScan, counts_characters_of_values_and_names) {
  CHECK(scanned("[\"abcde\",12345]", {.element_size = 5}) == JsonFault::none);
  CHECK(scanned("[\"abcdef\"]", {.element_size = 5}) == JsonFault::element_size);
  CHECK(scanned("[123456]", {.element_size = 5}) == JsonFault::element_size);
  CHECK(scanned("{\"abcdef\":1}", {.element_size = 5}) == JsonFault::element_size);
  CHECK(scanned("[\"\xe2\x82\xac\xe2\x82\xac\\n\\u00e9x\"]", {.element_size = 5}) == JsonFault::none);
  CHECK(scanned("[\"\xe2\x82\xac\xe2\x82\xac\\n\\u00e9xy\"]", {.element_size = 5}) == JsonFault::element_size);
}

TEST(JsonScan, measures_depth_and_has_a_bottom_of_its_own) {
  CHECK(scanned(deep(3), {.depth = 3}) == JsonFault::none);
  CHECK(scanned(deep(4), {.depth = 3}) == JsonFault::depth);
  CHECK(scanned("[[],[],[[]]]", {.depth = 3}) == JsonFault::none);
  CHECK(scanned(deep(JsonScan::kMostDepth)) == JsonFault::none);
  CHECK(scanned(deep(JsonScan::kMostDepth + 1)) == JsonFault::depth);
  CHECK(scanned(std::string(2000000, '[')) == JsonFault::depth);
}

TEST(JsonScan, remembers_on_every_level_what_it_was) {
  std::string text, end;
  for (int i = 0; i < 500; i++) {
    const bool object = i % 3 == 0 || i % 7 == 0;
    text += object ? "{\"a\":" : "[";
    end.insert(0, object ? "}" : "]");
  }
  CHECK(scanned(text + "1" + end) == JsonFault::none);
  end[250] = end[250] == '}' ? ']' : '}';
  CHECK(scanned(text + "1" + end) == JsonFault::syntax);
}

TEST(JsonScan, tells_where_it_went_wrong) {
  JsonScan scan({});
  CHECK_FALSE(scan.feed("{\"a\": x}"));
  LONGS_EQUAL(6, scan.position());
  CHECK_FALSE(scan.feed("1"));
  LONGS_EQUAL(6, scan.position());
}
