#include "navajo/observe/status_report.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;

namespace {
StatusNumbers sample() {
  StatusNumbers numbers;
  numbers.texts = {"Navajo/1 Apache/2.4", "jemalloc 5", "/etc/navajo/navajo.xml"};
  numbers.parent_pid = 100;
  numbers.parent_alive = true;
  numbers.generation = 3;
  numbers.started_at = 1000;
  numbers.configured_at = 4000;
  numbers.slots = 8;
  numbers.counters[static_cast<size_t>(Counter::requests)] = 12;
  numbers.gauges[static_cast<size_t>(Gauge::connections_live)] = 5;
  ChildNumbers child;
  child.pid = 101;
  child.alive = true;
  child.counters[static_cast<size_t>(Counter::requests)] = 7;
  numbers.children.push_back(child);
  return numbers;
}
bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }
}  // namespace

TEST_GROUP(StatusReport){};

TEST(StatusReport, json_holds_the_sum_and_each_child) {
  JsonWriter json;
  json.begin_object();
  write_status(json, sample(), 4090);
  json.end_object();
  CHECK(contains(json.str(), R"("pid":100,"generation":3)"));
  CHECK(contains(json.str(), R"("uptime_seconds":3090)"));
  CHECK(contains(json.str(), R"("total":{"counters":{"connections_taken":0,"requests":12,)"));
  CHECK(contains(json.str(), R"("connections_live":5)"));
  CHECK(contains(json.str(), R"("children":[{"pid":101,)"));
  CHECK(contains(json.str(), R"("requests":7,)"));
}

TEST(StatusReport, text_has_a_line_per_number_with_a_column_per_child) {
  const std::string text = status_text(sample(), 4090);
  CHECK(contains(text, "Navajo/1 Apache/2.4, running, process 100, up 51 m 30 s\n"));
  CHECK(contains(text, "generation 3 since 1 m 30 s\n"));
  CHECK(contains(text, "\nrequests                             12            7\n"));
}

TEST(StatusReport, text_says_when_children_are_missing_from_it) {
  StatusNumbers numbers = sample();
  numbers.claims_refused = 2;
  CHECK(contains(status_text(numbers, 4090), "2 children found no slot"));
}

TEST(StatusReport, tells_of_dead_children_a_block_and_a_configuration_that_was_not_taken_over) {
  CHECK_FALSE(contains(status_text(sample(), 4090), "died"));
  StatusNumbers numbers = sample();
  numbers.child_crashes = 3;
  numbers.blocked_since = 4060;
  numbers.configuration_state = ConfigurationState::rolled_back;
  const std::string text = status_text(numbers, 4090);
  CHECK(contains(text, "3 children died since the server was started\n"));
  CHECK(contains(text, "every request is answered 503 since 30 s: "));
  CHECK(contains(text, "were not taken over: they ended the children that served them\n"));
  numbers.configuration_state = ConfigurationState::kept;
  CHECK(contains(status_text(numbers, 4090), "were not taken over: they have faults\n"));
  JsonWriter json;
  json.begin_object();
  write_status(json, numbers, 4090);
  json.end_object();
  CHECK(contains(json.str(), R"("child_crashes":3,"blocked_since":4060,"configuration_state":"kept",)"));
}

TEST(StatusReport, durations_are_told_in_their_two_largest_units) {
  STRCMP_EQUAL("0 s", duration_text(-5).c_str());
  STRCMP_EQUAL("59 s", duration_text(59).c_str());
  STRCMP_EQUAL("1 h 1 m", duration_text(3660).c_str());
  STRCMP_EQUAL("2 d 3 h", duration_text(2 * 86400 + 3 * 3600 + 59).c_str());
}
