#include "navajo/filters/delegation/encoding.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::filters::delegation;

TEST_GROUP(Encoding){std::string encoded(std::string_view value, Encoding encoding){std::pmr::string out;
return append_encoded(value, encoding, out) ? std::string(out) : "(left out)";
}
}
;

TEST(Encoding, base64_of_every_length) {
  STRCMP_EQUAL("", encoded("", Encoding::base64).c_str());
  STRCMP_EQUAL("Zg==", encoded("f", Encoding::base64).c_str());
  STRCMP_EQUAL("Zm8=", encoded("fo", Encoding::base64).c_str());
  STRCMP_EQUAL("Zm9v", encoded("foo", Encoding::base64).c_str());
  STRCMP_EQUAL("/+8=", encoded("\xff\xef", Encoding::base64).c_str());
}

TEST(Encoding, url_keeps_only_what_is_safe_everywhere) {
  STRCMP_EQUAL("az09-._~%20%2B%25%26%3D%C3%BC", encoded("az09-._~ +%&=\xc3\xbc", Encoding::url).c_str());
}

TEST(Encoding, latin1_of_what_has_one) {
  STRCMP_EQUAL("M\xfcller", encoded("M\xc3\xbcller", Encoding::latin1).c_str());
  STRCMP_EQUAL("\xa0\xff", encoded("\xc2\xa0\xc3\xbf", Encoding::latin1).c_str());
  for (const char* text : {"\xe2\x82\xac", "\xc3", "\xc3z", "\xfc", "\xc4\x80", "\xc1\xbf", "\x80"})
    STRCMP_EQUAL_TEXT("(left out)", encoded(text, Encoding::latin1).c_str(), text);
}

TEST(Encoding, a_control_character_is_carried_by_base64_alone) {
  const std::string_view two_lines("a\r\nb", 4), nul("a\0b", 3);
  for (const Encoding encoding : {Encoding::none, Encoding::url, Encoding::latin1}) {
    STRCMP_EQUAL("(left out)", encoded(two_lines, encoding).c_str());
    STRCMP_EQUAL("(left out)", encoded(nul, encoding).c_str());
  }
  STRCMP_EQUAL("YQ0KYg==", encoded(two_lines, Encoding::base64).c_str());
}

TEST(Encoding, has_the_words_of_the_rules) {
  CHECK_TRUE(encoding_of("utf8->latin1") == Encoding::latin1);
  CHECK_TRUE(encoding_of("none") == Encoding::none);
  CHECK_FALSE(encoding_of("Base64").has_value());
}
