#include "navajo/config/regex.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::config;

namespace {

double thread_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

std::string repeated(std::string_view text, size_t length) {
  std::string out;
  while (out.size() < length) out += text;
  out.resize(length);
  return out;
}

struct Attack {
  const char* pattern;
  std::string subject;
};

int g_lines = 0;
std::string g_line;

}  // namespace

TEST_GROUP(Regex){};

TEST(Regex, finds_anywhere_in_the_subject) {
  const auto regex = Regex::compile("/public/|\\.css$");
  CHECK_TRUE(regex.ok());
  CHECK_TRUE(regex->search("/app/public/x") == SearchResult::found);
  CHECK_TRUE(regex->search("/app/style.css") == SearchResult::found);
  CHECK_TRUE(regex->search("/app/style.cssx") == SearchResult::not_found);
}

// The same pattern with something before its '^' that fits nothing has no beginning to look at.
TEST(Regex, finds_the_same_whether_or_not_it_looks_at_the_beginning_first) {
  for (const std::string pattern : {"^/old/(.*)$", "^/a?b", "^/ab*", "^/a{2}b", "^on$", "^", "^a|b", "^(a|b)c",
                                    "^a+", "^.b", "^a\\.b", "^[ab]c", "^a^b", "^a(?i)b", "^a}b", "^ab]",
                                    "^(?i)ab", "^\\Qa.b\\E"}) {
    auto looking = Regex::compile(pattern);
    auto searching = Regex::compile("()" + pattern);
    CHECK_TRUE_TEXT(looking.ok() && searching.ok(), pattern.c_str());
    for (const std::string subject : {"", "/", "/old/", "/old/x", "/new", "/b", "/ab", "/aab", "/aaab", "on",
                                      "on\n", "only", "a", "b", "ac", "bc", "ab", "aB", "AB", "aab",
                                      "a.b", "axb", "a}b", "ab]", "\na", "xb"})
      CHECK_EQUAL_TEXT(searching->search(subject) == SearchResult::found,
                       looking->search(subject) == SearchResult::found, (pattern + " in " + subject).c_str());
  }
}

TEST(Regex, a_subject_that_begins_in_another_way_still_matches_without_case) {
  auto regex = Regex::compile("^/old/", {.ignore_case = true});
  CHECK_TRUE(regex->search("/OLD/x") == SearchResult::found);
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

// failure-modes.md row 33. CPU time of the thread: how busy the machine is does not matter.
TEST(Regex, costs_less_than_ten_milliseconds_for_any_subject_of_8_kb) {
  const size_t size = 8192;
  const std::string many = repeated("a", size), runs = repeated("aaaaaaaaaaaaa!", size);
  const std::string late = std::string(5000, 'b') + std::string(size - 5001, 'a') + "X";
  const Attack attacks[] = {{"(a+)+$", many + "!"},
                            {"(a+)+$", runs},
                            {"(.*a){20}", many},
                            {"(.*a){20}X\\d", many + "X"},
                            {"(a|a)*b", many},
                            {"(a|a)*X\\d", many + "X"},
                            {"a.*?.*X\\d", many + "X"},
                            {"a.*.*X\\d", many + "X"},
                            {"^a.*?.*X\\d", many + "X"},
                            {"a.*.*.*X\\d", late},
                            {"(?:a|b)*X\\d", many + "X"},
                            {"(?:a?){30}a{30}X\\d", many + "X"},
                            {"(a*)*c", many + "c!"},
                            {"(\\w+\\s?)+:$", repeated("word ", size)},
                            {"a.*?.*.*X\\d", repeated("a", 255) + "X"}};
  for (const Attack& attack : attacks) {
    const auto regex = Regex::compile(attack.pattern);
    CHECK_TRUE(regex.ok());
    (void)regex->search("warm");
    const double before = thread_milliseconds();
    (void)regex->search(attack.subject);
    const double taken = thread_milliseconds() - before;
    // A sanitizer is allowed to be slower.
#if defined(__SANITIZE_ADDRESS__)
    CHECK_TEXT(taken < 100, attack.pattern);
#else
    CHECK_TEXT(taken < 10, attack.pattern);
#endif
  }
}

TEST(Regex, gives_up_on_the_usual_attacks) {
  const std::string many = repeated("a", 8192);
  for (const char* pattern : {"(a+)+$", "(.*a){20}!\\d", "(a|a)*!\\d"}) {
    const auto regex = Regex::compile(pattern);
    CHECK_TEXT(regex->search(many + "!") == SearchResult::gave_up, pattern);
  }
}

TEST(Regex, gives_up_on_no_pattern_that_reads_a_long_subject_once) {
  const std::string text = repeated("{\"name\":\"value \\\\ with\",\"n\":12},\n", 32768);
  for (const char* pattern : {"^(?:[^\\\\]|\\\\.)*$", "<script[^>]*>", "(?i)\\bselect\\b.*\\bfrom\\b", "[a-z]+!"}) {
    const auto regex = Regex::compile(pattern, {.dot_all = true});
    CHECK_TEXT(regex->search(text) != SearchResult::gave_up, pattern);
  }
}

TEST(Regex, finds_the_same_groups_in_short_and_long_subjects) {
  const auto regex = Regex::compile("id=(\\d+)(x)?;(y)");
  for (const size_t before : {0, 100, 255, 256, 257, 5000}) {
    const std::string subject = std::string(before, '-') + "id=123;y";
    std::string_view groups[4];
    CHECK_TRUE(regex->search(subject, groups) == SearchResult::found);
    STRCMP_EQUAL("id=123;y", std::string(groups[0]).c_str());
    STRCMP_EQUAL("123", std::string(groups[1]).c_str());
    CHECK_TRUE(groups[2].empty());
    STRCMP_EQUAL("y", std::string(groups[3]).c_str());
  }
}

TEST(Regex, short_subjects_that_take_many_steps_are_searched_to_the_end) {
  const auto regex = Regex::compile("^(?:[^/]+/)*[^/]*[^/]*[.](?:css|js)$");
  CHECK_TRUE(regex->search("/" + repeated("segment", 100) + "/x.cssx") == SearchResult::not_found);
}

// Under SELinux and the like the kernel gives no memory that may be written and executed.
TEST(Regex, says_once_and_counts_when_just_in_time_compilation_is_refused) {
  constexpr int kDenyWriteAndExecute = 65;  // PR_SET_MDWE, since Linux 6.3
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(kDenyWriteAndExecute, 1L, 0L, 0L, 0L) != 0) _exit(0);  // an older kernel: nothing to see
    navajo::observe::set_log_sink(
        [](navajo::observe::LogId id, std::string_view text) {
          if (id.number == navajo::observe::id::jit_refused.number) g_lines++;
          g_line = text;
        },
        [](navajo::observe::Level) { return true; });
    auto& refused = navajo::observe::counter(navajo::observe::Counter::regex_jit_refused);
    const uint64_t before = refused.load();
    const auto first = Regex::compile("a+b"), second = Regex::compile("c+d");
    const bool good = first.ok() && second.ok() && !first->just_in_time() && refused.load() >= before + 2 &&
                      g_lines == 1 && g_line.find("execmem") != std::string::npos &&
                      first->search("xaab") == SearchResult::found &&
                      second->search(std::string(1000, 'c') + "d") == SearchResult::found;
    _exit(good ? 0 : 1);
  }
  int status = 0;
  CHECK_TRUE(child > 0 && waitpid(child, &status, 0) == child);
  CHECK_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
