#include "navajo/admin/line.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::admin;

TEST_GROUP(Line) {
  std::string error(const std::string& text) {
    const auto line = parse_line(text);
    return line.ok() ? "" : line.error().text;
  }
};

TEST(Line, has_words_and_then_fields) {
  const auto line = parse_line("navajo/1 session list user=a%20b limit=7 empty=");
  CHECK(line.ok());
  LONGS_EQUAL(3, line->words.size());
  STRCMP_EQUAL("session", line->words[1].c_str());
  STRCMP_EQUAL("a b", line->field("user")->c_str());
  STRCMP_EQUAL("7", line->field("limit")->c_str());
  STRCMP_EQUAL("", line->field("empty")->c_str());
  POINTERS_EQUAL(nullptr, line->field("store"));
}

TEST(Line, brings_any_value_over) {
  std::string every;
  for (int byte = 0; byte < 256; byte++) every += static_cast<char>(byte);
  std::string text = "x";
  append_field(text, "value", every);
  const auto line = parse_line(text);
  CHECK(line.ok());
  CHECK(*line->field("value") == every);
  CHECK(text.find_first_of("\r\n\t") == std::string::npos);
}

TEST(Line, keeps_an_equals_sign_in_a_value) {
  STRCMP_EQUAL("uid=anna,o=x", parse_line("x user=uid=anna,o=x")->field("user")->c_str());
}

TEST(Line, refuses_what_is_not_exactly_its_form) {
  for (const char* text : {"", " ", "a ", " a", "a  b", "a\tb", "a b=1 c", "a b=%", "a b=%4", "a b=%4g", "a =1",
                           "a B=1", "a b=1 b=2", "a\r", "a b=\x80", "\xff", "a%20b", "a b=x\ty"})
    CHECK_FALSE_TEXT(error(text).empty(), text);
  CHECK_FALSE(error(std::string("a\0b", 3)).empty());
}

TEST(Line, has_limits) {
  CHECK(error("a " + std::string(kMaxLine, 'b')).find("too long") != std::string::npos);
  std::string words = "a";
  for (size_t i = 0; i < kMaxWords; i++) words += " b";
  CHECK(error(words).find("too many words") != std::string::npos);
  std::string fields = "a";
  for (size_t i = 0; i <= kMaxFields; i++) append_field(fields, "f" + std::to_string(i), "1");
  CHECK(error(fields).find("too many fields") != std::string::npos);
}
