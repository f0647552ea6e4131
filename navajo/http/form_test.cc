#include "navajo/http/form.h"

#include <memory_resource>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(Form) {
  std::pmr::monotonic_buffer_resource arena;
  std::string walked(std::string_view text) {
    std::string out;
    FormWalker walk(text, arena);
    while (const auto field = walk.next())
      out += "[" + std::string(field->name) + "=" + std::string(field->value) + "]";
    return out;
  }
};

TEST(Form, pairs_are_decoded) {
  STRCMP_EQUAL("[a=1][b c=d&e][f=]", walked("a=1&b+c=d%26e&f=").c_str());
  STRCMP_EQUAL("[\xc3\xa4=\xe2\x82\xac]", walked("%C3%a4=%E2%82%AC").c_str());
}

TEST(Form, a_name_alone_has_an_empty_value_and_empty_pairs_are_skipped) {
  STRCMP_EQUAL("[a=][b==x]", walked("&&a&b==x&").c_str());
  STRCMP_EQUAL("", walked("").c_str());
}

TEST(Form, a_percent_without_two_digits_stands_for_itself) {
  STRCMP_EQUAL("[a=%][b=%4][c=%zz1]", walked("a=%&b=%4&c=%zz1").c_str());
}

TEST(Form, what_is_encoded_comes_back) {
  std::pmr::string encoded(&arena);
  form_encode("a b&c=d/\xc3\xa4%", encoded);
  STRCMP_EQUAL("a%20b%26c%3Dd%2F%C3%A4%25", encoded.c_str());
  STRCMP_EQUAL("[x=a b&c=d/\xc3\xa4%]", walked("x=" + std::string(encoded)).c_str());
}
