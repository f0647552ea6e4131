#include "navajo/container/url_pattern.h"

#include <string>

#include "CppUTest/TestHarness.h"

using navajo::container::UrlPattern;

namespace {

UrlPattern parse(const char* text) {
  auto parsed = UrlPattern::parse(text);
  if (!parsed.ok()) FAIL(text);
  return parsed.value();
}

}  // namespace

TEST_GROUP(UrlPattern) {};

TEST(UrlPattern, exact_matches_itself_only) {
  CHECK_TRUE(parse("/a/b").matches("/a/b"));
  for (const char* path : {"/a/b/", "/a/bc", "/a", "/A/b", "/"}) CHECK_FALSE_TEXT(parse("/a/b").matches(path), path);
}

TEST(UrlPattern, prefix_matches_whole_segments) {
  for (const char* path : {"/a", "/a/", "/a/b", "/a/b/c"}) CHECK_TRUE_TEXT(parse("/a/*").matches(path), path);
  for (const char* path : {"/ab", "/", "/b/a", "/ab/c"}) CHECK_FALSE_TEXT(parse("/a/*").matches(path), path);
}

TEST(UrlPattern, both_spellings_of_everything_match_everything) {
  for (const char* pattern : {"/", "/*"})
    for (const char* path : {"/", "/a", "/a/b/"}) CHECK_TRUE(parse(pattern).matches(path));
  CHECK_TRUE(parse("/") == parse("/*"));
}

TEST(UrlPattern, exact_goes_before_longer_prefix_before_shorter_before_everything) {
  CHECK_TRUE(parse("/a").before(parse("/a/b/*")));
  CHECK_TRUE(parse("/a/b/*").before(parse("/a/*")));
  CHECK_TRUE(parse("/a/*").before(parse("/")));
  CHECK_FALSE(parse("/").before(parse("/a/*")));
}

TEST(UrlPattern, an_extension_is_the_end_of_the_last_segment) {
  for (const char* path : {"/x.jsp", "/a/b.c.jsp", "/.jsp"}) CHECK_TRUE_TEXT(parse("*.jsp").matches(path), path);
  for (const char* path : {"/x.jspx", "/x.jsp/", "/x.jsp/a", "/x.JSP", "/jsp"})
    CHECK_FALSE_TEXT(parse("*.jsp").matches(path), path);
  CHECK_TRUE(parse("/a/*").before(parse("*.jsp")));
  CHECK_TRUE(parse("*.jsp").before(parse("/")));
  LONGS_EQUAL(6, parse("*.jsp").length("/x.jsp"));
  LONGS_EQUAL(2, parse("/a/*").length("/a/x.jsp"));
  STRCMP_EQUAL("*.jsp", parse("*.jsp").text().c_str());
}

TEST(UrlPattern, knows_what_overlaps) {
  CHECK_TRUE(parse("/a/*").overlaps(parse("*.jsp")));
  CHECK_TRUE(parse("*.jsp").overlaps(parse("/a/*")));
  CHECK_TRUE(parse("*.jsp").overlaps(parse("/a/x.jsp")));
  CHECK_TRUE(parse("*.jsp").overlaps(parse("/")));
  CHECK_FALSE(parse("*.jsp").overlaps(parse("*.css")));
  CHECK_FALSE(parse("*.jsp").overlaps(parse("/a/x.css")));
  CHECK_TRUE(parse("/a/*").overlaps(parse("/a/b")));
  CHECK_TRUE(parse("/a/b/*").overlaps(parse("/a/*")));
  CHECK_TRUE(parse("/*").overlaps(parse("/x")));
  CHECK_FALSE(parse("/a/*").overlaps(parse("/b/*")));
  CHECK_FALSE(parse("/a").overlaps(parse("/a/b")));
}

TEST(UrlPattern, refuses_what_could_never_match_or_is_not_supported) {
  for (const char* text : {"", "a", "*.", "*.a.b", "*.j*", "a*.jsp", "/a*", "/a/*/b", "/a//b", "/a/../b", "/a/.", "//"})
    CHECK_FALSE_TEXT(UrlPattern::parse(text).ok(), text);
}
