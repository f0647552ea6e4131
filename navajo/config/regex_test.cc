#include "navajo/config/regex.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::config;

TEST_GROUP(Regex) {};

TEST(Regex, finds_anywhere_in_the_subject) {
  const auto regex = Regex::compile("/public/|\\.css$");
  CHECK_TRUE(regex.ok());
  CHECK_TRUE(regex->search("/app/public/x") == SearchResult::found);
  CHECK_TRUE(regex->search("/app/style.css") == SearchResult::found);
  CHECK_TRUE(regex->search("/app/style.cssx") == SearchResult::not_found);
}

TEST(Regex, says_where_a_pattern_is_wrong) {
  const auto regex = Regex::compile("/a(b");
  CHECK_FALSE(regex.ok());
  STRCMP_CONTAINS("at character 5", regex.error().text.c_str());
}

TEST(Regex, gives_up_on_a_match_that_explodes) {
  const auto regex = Regex::compile("^(a+)+$");
  CHECK_TRUE(regex->search(std::string(60, 'a') + "!") == SearchResult::gave_up);
}

TEST(Regex, looks_at_the_whole_subject_with_zero_bytes) {
  const auto regex = Regex::compile("end$");
  CHECK_TRUE(regex->search(std::string_view("a\0end", 5)) == SearchResult::found);
}
