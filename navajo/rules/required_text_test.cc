#include "navajo/rules/required_text.h"

#include <cctype>
#include <string>

#include "navajo/config/regex.h"
#include "navajo/rules/random_rules.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::rules;

TEST_GROUP(RequiredText){// "anywhere" of each alternative, with "^beginning"; "-": nothing is required.
                         std::string required(const char* pattern){const auto texts = required_texts(pattern);
if (!texts) return "-";
std::string out;
for (const RequiredText& text : *texts)
  out += (out.empty() ? "" : " ") + text.anywhere + (text.beginning.empty() ? "" : "^" + text.beginning);
return out;
}
}
;

TEST(RequiredText, is_the_longest_run_of_characters_that_cannot_be_left_out) {
  const struct {
    const char *pattern, *required;
  } rows[] = {
      {"union.*select", "select"},
      {"^/admin/x?y", "/admin/^/admin/"},
      {"^/admin", "/admin^/admin"},
      {"\\A/a\\.b", "/a.b^/a.b"},
      {"(?i)^bearer ", "bearer ^bearer "},
      {"abc|de+f|g", "abc de g"},
      {"abc|d*", "-"},
      {"(abc)+", "-"},
      {"(?:abc|d)xyz", "xyz"},
      {"ab{2}c", "a"},
      {"ab{2,}cde", "cde"},
      {"a{b}c", "b}c"},
      {"[abc]def[^]x]ghij", "ghij"},
      {"[[:alpha:]]xyz[]a]", "xyz"},
      {"\\d\\.\\d", "."},
      {"a\\x41bcd", "-"},
      {"\\Qabc\\E", "-"},
      {"(?x)a b c", "-"},
      {"a(?#comment)bc", "-"},
      {"(*UTF8)abc", "-"},
      {"(?m)^abc", "abc"},
      {"x^abc", "abc"},
      {"(?!abc)defg", "defg"},
      {"abc$", "abc"},
      {"", "-"},
      {"abc++def?", "abc"},
      {"(?<name>abc)(?&name)xy", "xy"},
      {"a(b(c)d[)]e\\)f)ghi", "ghi"},
  };
  for (const auto& row : rows)
    if (required(row.pattern) != row.required) FAIL((std::string(row.pattern) + ": " + required(row.pattern)).c_str());
}

// Whatever PCRE2 finds something in has one of the texts in it.
TEST(RequiredText, stands_in_everything_that_fits) {
  RandomRules random(7);
  const std::vector<std::string> parts = {
      "a",   "b",    "ab",  "/",   "\\.", ".",   "*", "+",  "?",  "{2}", "{0,1}", "(",  ")",  "|", "[", "]", "^", "$",
      "(?:", "(?i)", "(?=", "(?!", "\\d", "\\b", "-", "[a", "b]", ":]",  "[:",    "\\", "(?", "{", "}", "1", ",", "x"};
  size_t found = 0;
  for (int i = 0; i < 3000; i++) {
    std::string pattern;
    for (uint32_t n = 1 + random.below(9); n > 0; n--) pattern += random.one_of(parts);
    const auto texts = required_texts(pattern);
    if (!texts) continue;
    const auto regex = navajo::config::Regex::compile(pattern);
    if (!regex.ok()) continue;
    for (int k = 0; k < 16; k++) {
      std::string subject;
      for (uint32_t n = random.below(9); n > 0; n--)
        subject +=
            random.one_of<std::string>({"a", "b", "ab", "/", ".", "A", "-", "1", "2", "x", "{", "}", ",", ":", "]"});
      if (regex->search(subject) != navajo::config::SearchResult::found) continue;
      found++;
      std::string small;
      for (const char c : subject) small += static_cast<char>(tolower(static_cast<unsigned char>(c)));
      bool there = false;
      for (const RequiredText& text : *texts) {
        std::string anywhere, beginning;
        for (const char c : text.anywhere) anywhere += static_cast<char>(tolower(static_cast<unsigned char>(c)));
        for (const char c : text.beginning) beginning += static_cast<char>(tolower(static_cast<unsigned char>(c)));
        there = there || (small.find(anywhere) != std::string::npos && small.starts_with(beginning));
      }
      if (!there) FAIL((pattern + " on " + subject + ": " + required(pattern.c_str())).c_str());
    }
  }
  CHECK_TRUE(found > 200);
}
