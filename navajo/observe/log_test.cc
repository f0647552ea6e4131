#include "navajo/observe/log.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;

namespace {
std::vector<std::string>* g_lines;
void keep(LogId, std::string_view text) { g_lines->emplace_back(text); }
bool all(Level) { return true; }
bool nothing(Level) { return false; }
constexpr LogId kId{7, Level::notice};
}  // namespace

TEST_GROUP(Log) {
  std::vector<std::string> lines;
  void setup() override {
    g_lines = &lines;
    set_log_sink(keep, all);
  }
  void teardown() override { set_log_sink(nullptr, nullptr); }
};

TEST(Log, begins_with_the_id_in_four_digits) {
  log(kId, "backend %s refused", "app1:80");
  LONGS_EQUAL(1, lines.size());
  STRCMP_EQUAL("NVJ0007 backend app1:80 refused", lines[0].c_str());
}

TEST(Log, escapes_control_bytes_so_that_no_second_line_can_begin) {
  log(kId, "host %s", "a\r\nNVJ9999 forged\x1b[2J");
  STRCMP_EQUAL("NVJ0007 host a\\x0d\\x0aNVJ9999 forged\\x1b[2J", lines[0].c_str());
}

TEST(Log, cuts_a_line_at_its_limit) {
  const std::string flood(100000, 'x');
  log(kId, "%s", flood.c_str());
  CHECK(lines[0].size() <= 4096);
  CHECK(lines[0].size() > 4000);
}

TEST(Log, formats_nothing_for_a_level_that_is_off) {
  set_log_sink(keep, nothing);
  log(kId, "not said");
  LONGS_EQUAL(0, lines.size());
}
