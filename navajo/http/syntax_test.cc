#include <string>

#include "navajo/http/syntax.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(Syntax){};

TEST(Syntax, a_token_has_no_space_colon_or_control_byte) {
  CHECK_TRUE(is_token("X-Forwarded-For"));
  CHECK_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const char* bad : {"", "a b", "a:", "a\t", "a\r", "a\n", "a\x7f", "a\x80", "(a)", "a,b", "a/b", "a\"b"})
    CHECK_FALSE(is_token(bad));
}

TEST(Syntax, a_field_value_has_no_control_byte_wherever_it_stands) {
  CHECK_TRUE(is_field_value(""));
  CHECK_TRUE(is_field_value("text/html; charset=\"utf-8\"\tand more \x80\xff"));
  for (int c = 0; c < 256; c++) {
    const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7f);
    for (size_t at = 0; at < 20; at++) {
      std::string value(20, 'v');
      value[at] = static_cast<char>(c);
      CHECK_EQUAL_TEXT(allowed, is_field_value(value), std::to_string(c).c_str());
    }
  }
}

TEST(Syntax, a_tab_does_not_hide_a_control_byte_beside_it) {
  CHECK_TRUE(is_field_value("aaaa\taaaa"));
  CHECK_FALSE(is_field_value("aa\t\naaaaaaa"));
}

TEST(Syntax, a_host_is_one_name_or_address_with_an_optional_port) {
  for (const char* good : {"a", "www.example.test", "www.example.test:8443", "192.0.2.1:80", "[::1]",
                           "[2001:db8::1]:443", "under_score.test"})
    CHECK_TRUE_TEXT(is_host(good), good);
  for (const char* bad : {"", "a b", "a,b", "a/b", "a@b", "a:", ":80", "a:0", "a:65536", "a:8x", "[::1", "[]", "[::1]x",
                          "[::1]:", "a\r\nb", "a:80:80", "a?b", "a#b", "a%00b"})
    CHECK_FALSE_TEXT(is_host(bad), bad);
}

TEST(Syntax, decimal_numbers_are_digits_up_to_63_bits) {
  CHECK_TRUE(parse_decimal("0") == 0u);
  CHECK_TRUE(parse_decimal("0000000000000000005") == 5u);
  CHECK_TRUE(parse_decimal("9223372036854775807") == 9223372036854775807u);
  for (const char* bad :
       {"", "9223372036854775808", "99999999999999999999", "+5", "-5", "5 ", " 5", "0x5", "5.", "1e3"})
    CHECK_FALSE_TEXT(parse_decimal(bad).has_value(), bad);
}

TEST(Syntax, list_elements_are_trimmed_and_empty_ones_skipped) {
  ListWalker walk(" ,a, b\t,, c ,");
  CHECK_TRUE(walk.next() == std::string_view("a"));
  CHECK_TRUE(walk.next() == std::string_view("b"));
  CHECK_TRUE(walk.next() == std::string_view("c"));
  CHECK_FALSE(walk.next().has_value());
}
