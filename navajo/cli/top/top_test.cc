#include <algorithm>
#include <sstream>
#include <string>

#include "navajo/cli/top/frame.h"
#include "navajo/cli/top/screen.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli::top;
using navajo::observe::Counter;
using navajo::observe::Gauge;

TEST_GROUP(Top) {
  Sample before, now;
  void setup() override {
    before.at = std::chrono::steady_clock::time_point(std::chrono::seconds(100));
    now.at = before.at + std::chrono::seconds(2);
    for (Sample* sample : {&before, &now}) {
      sample->numbers.texts.server = "Navajo/0.1.0";
      sample->numbers.parent_pid = 10;
      for (const uint32_t pid : {11u, 12u}) {
        navajo::observe::ChildNumbers child;
        child.pid = pid;
        sample->numbers.children.push_back(child);
        sample->processes[pid] = {0, pid << 20};
      }
    }
    count(now, Counter::requests, 500);
    now.numbers.children[1].counters[static_cast<size_t>(Counter::requests)] = 400;
    now.numbers.children[0].counters[static_cast<size_t>(Counter::requests)] = 100;
  }
  static void count(Sample & sample, Counter which, uint64_t value) {
    sample.numbers.counters[static_cast<size_t>(which)] = value;
  }
};

TEST(Top, rates_are_differences_over_the_time_between) {
  STRCMP_CONTAINS("requests 250/s", frame(before, now, {}, 0).c_str());
  STRCMP_CONTAINS("\"requests\":250", frame_json(before, now, 0).c_str());
}

TEST(Top, latencies_are_of_what_ended_in_between) {
  STRCMP_CONTAINS("latency     requests p50 -  p99 -   backends p50 -  p99 -", frame(before, now, {}, 0).c_str());
  STRCMP_CONTAINS("\"request_seconds\":{},", frame_json(before, now, 0).c_str());
  before.requests.buckets[20] = now.requests.buckets[20] = 1000;
  now.requests.buckets[3] = 100;  // 0.5 to 1 ms
  now.calls.buckets[13] = 10;     // 0.5 to 1 s
  const std::string picture = frame(before, now, {}, 0);
  STRCMP_CONTAINS("requests p50 750 us  p99 ", picture.c_str());
  STRCMP_CONTAINS("backends p50 768 ms", picture.c_str());
  STRCMP_CONTAINS("\"backend_seconds\":{\"p50\":0.768", frame_json(before, now, 0).c_str());
}

TEST(Top, a_table_is_sorted_by_the_chosen_column) {
  View view;
  view.column = 3;
  const std::string most_first = frame(before, now, view, 0);
  CHECK(most_first.find("\n  12 ") < most_first.find("\n  11 "));
  view.ascending = true;
  const std::string least_first = frame(before, now, view, 0);
  CHECK(least_first.find("\n  11 ") < least_first.find("\n  12 "));
}

TEST(Top, a_picture_never_exceeds_its_terminal) {
  now.unanswered = std::string(300, 'x');
  for (size_t rows = 3; rows < 30; rows++) {
    View view;
    view.rows = rows;
    view.columns = 40;
    const std::string picture = frame(before, now, view, 0);
    CHECK_TRUE_TEXT(static_cast<size_t>(std::count(picture.begin(), picture.end(), '\n')) <= rows, picture.c_str());
    std::istringstream lines(picture);
    for (std::string line; std::getline(lines, line);) CHECK_TRUE_TEXT(line.size() <= 40, line.c_str());
  }
}

TEST(Top, a_child_that_was_not_there_before_has_no_rate_yet) {
  before.numbers.children.clear();
  View view;
  view.column = 3;
  STRCMP_CONTAINS("\n  11 ", frame(before, now, view, 0).c_str());
}

TEST(Top, names_of_backends_bring_no_control_characters) {
  now.backends.push_back({{"backend"}, {{"routing", "edge"}, {"id", "a\033[2Jb"}, {"health", "checked"}}});
  View view;
  view.table = Table::backends;
  const std::string picture = frame(before, now, view, 0);
  CHECK(picture.find('\033') == std::string::npos);
  STRCMP_CONTAINS("edge/", picture.c_str());
}

TEST(Top, numbers_are_short) {
  STRCMP_EQUAL("0", short_number(0).c_str());
  STRCMP_EQUAL("0.5", short_number(0.5).c_str());
  STRCMP_EQUAL("1234", short_number(1234).c_str());
  STRCMP_EQUAL("12.3k", short_number(12345).c_str());
  STRCMP_EQUAL("123k", short_number(123456).c_str());
  STRCMP_EQUAL("4.6M", short_number(4567890).c_str());
}

TEST(Top, keys_are_known_in_both_ways_a_terminal_sends_them) {
  CHECK(key_of("q") == Key::quit);
  CHECK(key_of("\x03") == Key::quit);
  CHECK(key_of("\033[D") == Key::left && key_of("\033OD") == Key::left);
  CHECK(key_of("\033[C") == Key::right);
  CHECK(key_of("\t") == Key::tab);
  CHECK(key_of("x") == Key::none);
}

TEST(Top, keys_that_come_at_once_are_all_taken) {
  std::string typed = "\t\033[Cq";
  CHECK(take_key(typed) == Key::tab);
  CHECK(take_key(typed) == Key::right);
  CHECK(take_key(typed) == Key::quit);
  CHECK(typed.empty());
}

TEST(Top, time_of_processors_is_read_behind_a_name_with_brackets) {
  LONGS_EQUAL(30, ticks_of("12 (a) b) c) S 1 2 3 4 5 6 7 8 9 10 10 20 0 0 20 0"));
  LONGS_EQUAL(0, ticks_of("nothing"));
}
