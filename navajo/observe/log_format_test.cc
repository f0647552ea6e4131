#include "navajo/observe/log_format.h"

#include <unistd.h>

#include <regex>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;

namespace {

std::string record(TraceGroup group, TraceLevel level, std::string_view text, std::string_view transaction = "") {
  char into[kTraceRecordLimit];
  return std::string(write_record({group, level, transaction}, text, into));
}

bool matches(const std::string& text, const char* pattern) { return std::regex_match(text, std::regex(pattern)); }

}  // namespace

TEST_GROUP(LogFormat) {
  void teardown() override { set_record_format(TraceTimeFormat::detailed, ""); }
};

TEST(LogFormat, has_time_program_group_process_thread_transaction_and_level) {
  set_record_format(TraceTimeFormat::detailed, "8.2505.0.0");
  const std::string line = record(TraceGroup::NavajoOp, TraceLevel::info, "hello", "abc.def");
  CHECK_TEXT(matches(line, "\\d{4} \\d\\d \\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} 8\\.2505\\.0\\.0 NavajoOp   "
                           "\\d{5,}\\.\\d+\\.abc\\.def 6-INFO  : hello\n"),
             line.c_str());
  char pid[16];
  snprintf(pid, sizeof pid, " %05d.", static_cast<int>(getpid()));
  CHECK(line.find(pid) != std::string::npos);
}

TEST(LogFormat, cuts_a_long_group_to_ten_characters) {
  STRCMP_CONTAINS(" NavajoStar ", record(TraceGroup::NavajoStart, TraceLevel::notice, "x").c_str());
}

TEST(LogFormat, has_a_dash_where_no_transaction_is_served) {
  CHECK(matches(record(TraceGroup::NavajoStart, TraceLevel::notice, "x"), ".*\\.\\d+\\.- 5-NOTICE: x\n"));
}

TEST(LogFormat, keeps_a_text_with_control_bytes_on_one_line) {
  const std::string line = record(TraceGroup::NavajoOp, TraceLevel::error, "a\r\n2026 forged\x1b[2J\x7f");
  STRCMP_CONTAINS("3-ERROR : a\\x0d\\x0a2026 forged\\x1b[2J\\x7f\n", line.c_str());
  LONGS_EQUAL(line.size() - 1, line.find('\n'));
}

TEST(LogFormat, escapes_zero_bytes_too) {
  STRCMP_CONTAINS("a\\x00b", record(TraceGroup::NavajoOp, TraceLevel::error, std::string_view("a\0b", 3)).c_str());
}

TEST(LogFormat, cuts_a_flood_and_says_so) {
  const std::string line = record(TraceGroup::NavajoOp, TraceLevel::error, std::string(100000, '\n'));
  CHECK(line.size() <= kTraceRecordLimit);
  CHECK(line.ends_with("...\n"));
}

TEST(LogFormat, does_not_mark_a_text_that_just_fits) {
  const std::string empty = record(TraceGroup::NavajoOp, TraceLevel::error, "");
  const std::string line = record(TraceGroup::NavajoOp, TraceLevel::error,
                                  std::string(kTraceRecordLimit - empty.size() - 3, 'x'));
  LONGS_EQUAL(kTraceRecordLimit - 3, line.size());
  CHECK(line.ends_with("xxx\n"));
}

TEST(LogFormat, knows_the_other_layouts_of_the_time) {
  set_record_format(TraceTimeFormat::ctime, "isi3web");
  CHECK(matches(record(TraceGroup::NavajoOp, TraceLevel::info, "x"),
                "\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4} isi3web NavajoOp .*\n"));
  set_record_format(TraceTimeFormat::time0, "isi3web");
  CHECK(matches(record(TraceGroup::NavajoOp, TraceLevel::info, "x"), "\\d{10}\\.\\d{3} isi3web NavajoOp .*\n"));
}

TEST(LogFormat, makes_a_trace_id_and_a_span_id_of_a_request_id) {
  const auto made = [](std::string_view id) {
    char into[64];
    return std::string(into, write_transaction_id(id, into));
  };
  const std::string id = "0123456789abcdef0123456789abcdef";
  CHECK(matches(made(id), "0123456789abcdef0123456789abcdef\\.[0-9a-f]{16}"));
  STRCMP_EQUAL(made(id).c_str(), made(id).c_str());
  CHECK(made(id).substr(33) != made("0123456789abcdef0123456789abcdee").substr(33));
  STRCMP_EQUAL("Zx9@aAAA", made("Zx9@aAAA").c_str());
  LONGS_EQUAL(64, made(std::string(200, 'a')).size());
}
