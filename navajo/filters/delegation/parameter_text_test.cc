#include "navajo/filters/delegation/parameter_text.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::filters::delegation;

TEST_GROUP(ParameterText) {
  bool dropped = false;
  std::string without(std::string_view text, std::string_view name) {
    std::pmr::string out;
    std::pmr::monotonic_buffer_resource memory;
    dropped = append_without(
        text, [&](std::string_view sent) { return same_parameter(sent, name); }, out, memory);
    return std::string(out);
  }
};

TEST(ParameterText, everything_else_stays_byte_for_byte) {
  for (const char* text : {"", "a", "a=1&b=2", "&&a=%41;b;;c=1&", "a=user&x=user=1", "userx=1&xuser=2"}) {
    STRCMP_EQUAL(text, without(text, "user").c_str());
    CHECK_FALSE(dropped);
  }
}

TEST(ParameterText, every_spelling_of_the_name_goes) {
  for (const char* text : {"user.id=root", "user_id", "User%2EId=1", "us%65r.id=1", "+user.id=1", "%20%09user id=1",
                           "user.id[]=1", "user.id%5Bx%5D=1", "user.id%00x=1"}) {
    STRCMP_EQUAL_TEXT("", without(text, "user.id").c_str(), text);
    CHECK_TRUE_TEXT(dropped, text);
  }
}

TEST(ParameterText, pairs_end_at_semicolons_too) {
  STRCMP_EQUAL("a=1&b=2", without("a=1;user=root&b=2", "user").c_str());
  STRCMP_EQUAL("a=1;b=2", without("user=x&a=1;b=2&user=y;user", "user").c_str());
}
