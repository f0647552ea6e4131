#include "navajo/config/pattern.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::config;

TEST_GROUP(Pattern) {
  bool matches(const char* pattern, std::string_view subject, PatternDefault otherwise = {}) {
    const auto parsed = Pattern::parse(pattern, otherwise);
    if (!parsed.ok()) FAIL((std::string(pattern) + ": " + parsed.error().text).c_str());
    return parsed->search(subject) == SearchResult::found;
  }
  std::string error(const char* pattern) {
    const auto parsed = Pattern::parse(pattern);
    return parsed.ok() ? "" : parsed.error().text;
  }
  struct Row {
    const char *pattern, *subject;
    bool found;
  };
  template <size_t N>
  void check(const Row (&rows)[N]) {
    for (const Row& row : rows)
      if (matches(row.pattern, row.subject) != row.found)
        FAIL((std::string(row.pattern) + " on " + row.subject + (row.found ? " has to match" : " must not")).c_str());
  }
};

TEST(Pattern, is_a_pcre_unless_it_says_otherwise) {
  const Row rows[] = {
      {"^/a/", "/a/b", true},       {"^/a/", "/a", false},         {"PCRE/^/a/", "/a", true},
      {"PCRE/^/a\\//", "/a", false}, {"PCRE/^/a\\//", "/a/b", true}, {"PCRE/a", "xax", true},
      {"PCRE(foo)bar", "PCREfoobar", true}, {"PCREX/a", "PCREX/a", true}, {"pcre/a", "pcre/a", true},
      {"A", "a", false},            {"PCRE(ci)/A/", "a", true},     {"PCRE(cs)/A/", "a", false},
      {"PCRE(ci,cs)/A/", "a", true}, {"PCRE( cs , ci )/A/", "a", true}, {"a.b", "a\nb", false},
      {"PCRE(da)/a.b/", "a\nb", true}, {"PCRE()/a/", "a", true},
      {"^.$", "\xc3\xa4", false},    {"PCRE(utf8)/^.$/", "\xc3\xa4", true},
  };
  check(rows);
  CHECK_TRUE(matches("a.b", "A\nB", {PatternType::pcre, {.dot_all = true, .ignore_case = true}}));
  CHECK_FALSE(matches("PCRE/a.b/", "a\nb", {PatternType::pcre, {.dot_all = true}}));  // a type brings its own options
}

TEST(Pattern, cidr_knows_networks_of_both_kinds) {
  const Row rows[] = {
      {"CIDR/10.4.12.0/24/", "10.4.12.255", true},  {"CIDR/10.4.12.0/24/", "10.4.13.0", false},
      {"CIDR/10.4.12.0/24", "10.4.12.0", true},     {"CIDR/10.4.12.7/", "10.4.12.7", true},
      {"CIDR/10.4.12.7", "10.4.12.8", false},       {"CIDR/10.4.12.77/25/", "10.4.12.1", true},
      {"CIDR/0.0.0.0/0/", "192.0.2.1", true},       {"CIDR/0.0.0.0/0/", "::1", false},
      {"CIDR/10.0.0.0/9", "10.127.0.1", true},      {"CIDR/10.0.0.0/9", "10.128.0.1", false},
      {"CIDR/2001:db8::/32/", "2001:db8:1::1", true}, {"CIDR/2001:db8::/32/", "2001:db9::", false},
      {"CIDR/::/0/", "2001:db8::1", true},          {"CIDR/::1/", "::1", true},
      {"CIDR/10.0.0.0/8/", "::ffff:10.1.2.3", true}, {"CIDR/::ffff:10.0.0.0/104/", "10.1.2.3", true},
      {"CIDR/10.0.0.0/8/", "10.1.2.3.example", false}, {"CIDR/10.0.0.0/8/", "", false},
      {"CIDR/10.0.0.0/8/", "10.1.2", false},        {"CIDR/10.0.0.0/8/", "10.1.2.3, 10.1.2.4", false},
  };
  check(rows);
  CHECK_TRUE(matches("10.0.0.0/8", "10.1.2.3", {PatternType::cidr, {}}));
  CHECK_FALSE(matches("CIDR/10.0.0.0/8", std::string_view("10.1.2.3\0", 9)));
}

TEST(Pattern, glob_is_about_the_whole_subject) {
  const Row rows[] = {
      {"GLOB/a?c/", "abc", true},         {"GLOB/a?c/", "a/c", false},      {"GLOB/a?c/", "xabc", false},
      {"GLOB/*.css/", "x.css", true},     {"GLOB/*.css/", "a/x.css", false}, {"GLOB/**.css/", "/a/x.css", true},
      {"GLOB//a/*/c/", "/a/b/c", true},   {"GLOB//a/*/c/", "/a//c", false}, {"GLOB//a/*/c/", "/a/b/b/c", false},
      {"GLOB//a/**/c/", "/a/b/b/c", true}, {"GLOB//a/x*/c/", "/a/x/c", true}, {"GLOB//a/b/", "//a///b", true},
      {"GLOB//a/b/", "/a/b//", true},     {"GLOB//a/b//", "/a/b", true},    {"GLOB//a/b/", "/ab", false},
      {"GLOB//a/*/", "/a/b", true},       {"GLOB//a/*/", "/a/", false},     {"GLOB/[A-C]x/", "Bx", true},
      {"GLOB/[A-C]x/", "Dx", false},      {"GLOB/[!A-C]x/", "Dx", true},    {"GLOB/[!A-C]x/", "Ax", false},
      {"GLOB/[!a]x/", "/x", false},       {"GLOB/[]]/", "]", true},         {"GLOB/[\\]]/", "]", true},
      {"GLOB/[d\\d]/", "5", false},       {"GLOB/\\*/", "*", true},         {"GLOB/\\*/", "x", false},
      {"GLOB/a.b/", "a.b", true},         {"GLOB/a.b/", "axb", false},      {"GLOB/a+(b)|c/", "a+(b)|c", true},
      {"GLOB/a\\:b/", "a:b", true},       {"GLOB/[^a]/", "^", true},        {"GLOB/[^a]/", "b", false},
      {"GLOB/A/", "a", false},            {"GLOB/**/", "a\nb", true},       {"GLOB/\xc3\xa4?/", "\xc3\xa4x", true},
  };
  check(rows);
  CHECK_TRUE(matches("*.js", "x.js", {PatternType::glob, {}}));
}

TEST(Pattern, says_what_is_wrong) {
  STRCMP_EQUAL("'xx' is not one of the options da, utf8, cs, ci", error("PCRE(ci,xx)/a/").c_str());
  STRCMP_EQUAL("only PCRE has options", error("GLOB(ci)/a/").c_str());
  STRCMP_EQUAL("'300.1.1.1' is not an IPv4 or IPv6 address", error("CIDR/300.1.1.1/8/").c_str());
  STRCMP_EQUAL("'33' is not a prefix length from 0 to 32", error("CIDR/10.0.0.0/33/").c_str());
  STRCMP_EQUAL("'8x' is not a prefix length from 0 to 32", error("CIDR/10.0.0.0/8x/").c_str());
  STRCMP_EQUAL("'' is not a prefix length from 0 to 128", error("CIDR/::1//").c_str());
  STRCMP_EQUAL("'[' is not closed", error("GLOB/[a/").c_str());
  STRCMP_CONTAINS("at character", error("PCRE/(/").c_str());
}

TEST(Pattern, gives_up_where_an_answer_would_be_a_guess) {
  CHECK_TRUE(Pattern::parse("PCRE/^(a+)+$/")->search(std::string(60, 'a') + "!") == SearchResult::gave_up);
  CHECK_TRUE(Pattern::parse("PCRE(utf8)/a/")->search("\xff") == SearchResult::gave_up);
}
