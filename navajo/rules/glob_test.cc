#include "navajo/rules/glob.h"

#include <string>
#include <vector>

#include "navajo/config/pattern.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::rules;
using navajo::config::SearchResult;

TEST_GROUP(Glob){bool matches(std::string_view glob, std::string_view text, GlobKind kind,
                              bool ignore_case = false){const auto tokens = glob_tokens(glob, kind, ignore_case);
CHECK_TRUE(tokens&& are_glob_tokens(*tokens));
int64_t steps = glob_steps(text);
return match_glob(*tokens, text, ignore_case, steps) == SearchResult::found;
}
bool plain(std::string_view glob, std::string_view text, bool ignore_case = false) {
  return matches(glob, text, GlobKind::plain, ignore_case);
}
}
;

TEST(Glob, a_plain_one_has_stars_for_anything_and_question_marks_for_one) {
  CHECK_TRUE(plain("*.example.org", "a/b.example.org"));
  CHECK_TRUE(plain("*.example.org", ".example.org"));
  CHECK_FALSE(plain("*.example.org", "example.org"));
  CHECK_FALSE(plain("*.example.org", "www.example.org."));
  CHECK_TRUE(plain("a?c*", "a/c"));
  CHECK_FALSE(plain("a?c", "ac"));
  CHECK_TRUE(plain("*a*b*", "xxabxbaab"));
  CHECK_FALSE(plain("*a*b*a", "xxabxbb"));
  CHECK_TRUE(plain("", ""));
  CHECK_FALSE(plain("", "x"));
  CHECK_TRUE(plain("**", ""));
  CHECK_TRUE(plain("[a]\\*", "[a]\\x"));  // nothing else is special
  CHECK_TRUE(plain("A*Z", "aXz", true));
  CHECK_FALSE(plain("A*Z", "aXz"));
}

// Every glob of up to five of these characters, against every path of up to six of those.
TEST(Glob, one_for_paths_is_what_config_pattern_makes_of_it) {
  const std::string alphabet = "/*?a", letters = "/ab";
  std::vector<std::string> globs = {""}, paths = {""};
  for (size_t i = 0; globs[i].size() < 4; i++)
    for (const char c : alphabet) globs.push_back(globs[i] + c);
  for (size_t i = 0; paths[i].size() < 5; i++)
    for (const char c : letters) paths.push_back(paths[i] + c);
  for (const char* more : {"/a/**/b/*", "**/a/*b", "*a*/**/?", "/*/a**b/?*", "**a**b", "a\\*b/", "//a*//b*/**"})
    globs.emplace_back(more);
  for (const std::string& glob : globs) {
    const auto expression = navajo::config::glob_expression(glob);
    const auto expected = navajo::config::Regex::compile(*expression, {.dot_all = true});
    const auto tokens = glob_tokens(glob, GlobKind::path, false);
    CHECK_TRUE(expected.ok() && tokens);
    for (const std::string& path : paths) {
      int64_t steps = glob_steps(path);
      if (match_glob(*tokens, path, false, steps) != expected->search(path)) FAIL((glob + " on " + path).c_str());
    }
  }
}

TEST(Glob, classes_and_escaped_slashes_are_left_to_a_regular_expression) {
  CHECK_FALSE(glob_tokens("/a[bc]", GlobKind::path, false).has_value());
  CHECK_FALSE(glob_tokens("/a\\/b", GlobKind::path, false).has_value());
  CHECK_TRUE(matches("/a\\*b", "/a*b", GlobKind::path));
  CHECK_FALSE(matches("/a\\*b", "/axb", GlobKind::path));
}

TEST(Glob, long_texts_without_wildcards_are_compared_whole) {
  const std::string text(1000, 'x');
  CHECK_TRUE(plain(text + "*", text));
  CHECK_FALSE(plain(text + "*", text.substr(1) + "y"));
}

TEST(Glob, gives_up_on_a_subject_that_takes_too_many_steps) {
  std::string glob = "*";
  for (int i = 0; i < 20; i++) glob += "a?*";
  glob += "b";
  const std::string text(8192, 'a');
  const auto tokens = glob_tokens("**/*a*a*a*a*a*a*/b", GlobKind::path, false);
  int64_t steps = 1000;
  CHECK_TRUE(match_glob(*tokens, "/" + text, false, steps) == SearchResult::gave_up);
  CHECK_FALSE(plain(glob, text));  // a quarter of a million steps are none too many
}

TEST(Glob, tokens_that_are_damaged_are_told) {
  const std::string good = *glob_tokens("/a*bc?", GlobKind::path, false);
  CHECK_TRUE(are_glob_tokens(good));
  CHECK_FALSE(are_glob_tokens(""));
  CHECK_FALSE(are_glob_tokens("\x02"));
  CHECK_FALSE(are_glob_tokens(std::string_view("\0\x01", 2)));
  CHECK_FALSE(are_glob_tokens(std::string_view("\0\x01\x05xx", 5)));
  CHECK_FALSE(are_glob_tokens(std::string_view("\0\x09", 2)));
  CHECK_FALSE(are_glob_tokens(std::string_view("\0\0", 2)));
}
