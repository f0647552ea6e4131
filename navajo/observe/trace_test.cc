#include "navajo/observe/trace.h"

#include <cstring>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;

namespace {

std::vector<std::string>* g_records;
void keep(std::string_view record) { g_records->emplace_back(record); }
void ignore(LogId, std::string_view) {}
bool nothing(Level) { return false; }
size_t some_transaction(char* into) {
  memcpy(into, "t1.s1", 5);
  return 5;
}
const char* evaluated(bool& flag) {
  flag = true;
  return "x";
}

}  // namespace

TEST_GROUP(Trace) {
  std::vector<std::string> records;
  void setup() override {
    g_records = &records;
    set_trace_sink(keep);
    set_trace_levels({});
  }
  void teardown() override {
    set_trace_sink(nullptr);
    set_trace_transaction(nullptr);
    set_trace_levels({});
    set_log_sink(nullptr, nullptr);
  }
};

TEST(Trace, writes_up_to_notice_by_default) {
  trace(TraceGroup::NavajoOp, TraceLevel::notice, "one %d", 1);
  trace(TraceGroup::NavajoOp, TraceLevel::info, "two");
  LONGS_EQUAL(1, records.size());
  STRCMP_CONTAINS("5-NOTICE: one 1\n", records[0].c_str());
}

TEST(Trace, adds_the_profile_of_a_group_to_the_base) {
  TraceLevels levels;
  levels.profile[static_cast<size_t>(TraceGroup::NavajoOp)] = 1;
  set_trace_levels(levels);
  CHECK(trace_enabled(TraceGroup::NavajoOp, TraceLevel::info));
  CHECK_FALSE(trace_enabled(TraceGroup::NavajoOp, TraceLevel::dbg_lo));
  CHECK_FALSE(trace_enabled(TraceGroup::NProxyOp, TraceLevel::info));
}

TEST(Trace, stays_within_0_and_10_whatever_the_sum) {
  TraceLevels levels{10, {}};
  levels.profile.fill(10);
  set_trace_levels(levels);
  CHECK(trace_enabled(TraceGroup::NavajoOp, TraceLevel::max));
  levels.base = 0;
  levels.profile.fill(-10);
  set_trace_levels(levels);
  CHECK(trace_enabled(TraceGroup::NavajoOp, TraceLevel::emergency));
  CHECK_FALSE(trace_enabled(TraceGroup::NavajoOp, TraceLevel::alert));
}

TEST(Trace, is_off_while_nobody_takes_the_lines) {
  set_trace_sink(nullptr);
  CHECK_FALSE(trace_enabled(TraceGroup::NavajoOp, TraceLevel::emergency));
  trace(TraceGroup::NavajoOp, TraceLevel::emergency, "unheard");
  set_trace_sink(keep);
  CHECK(trace_enabled(TraceGroup::NavajoOp, TraceLevel::notice));
  LONGS_EQUAL(0, records.size());
}

TEST(Trace, names_the_transaction_that_is_served) {
  set_trace_transaction(some_transaction);
  trace(TraceGroup::NavajoOp, TraceLevel::notice, "x");
  STRCMP_CONTAINS(".t1.s1 5-NOTICE: x", records[0].c_str());
}

TEST(Trace, takes_the_lines_of_the_error_log_in_the_group_of_their_id) {
  set_log_sink(ignore, nullptr);
  log(id::backend_refused, "backend %s", "app1");
  LONGS_EQUAL(1, records.size());
  STRCMP_CONTAINS(" IsiwebOp   ", records[0].c_str());
  STRCMP_CONTAINS("5-NOTICE: NVJ1201 backend app1\n", records[0].c_str());
}

TEST(Trace, takes_lines_the_error_log_does_not_want) {
  set_log_sink(ignore, nothing);
  log(id::backend_refused, "backend app1");
  LONGS_EQUAL(1, records.size());
  log(id::read_timeout, "an INFO line");
  LONGS_EQUAL(1, records.size());
}

TEST(Trace, has_no_format_in_a_ready_text) {
  trace_text(TraceGroup::NavajoOp, TraceLevel::notice, "100%s %n");
  STRCMP_CONTAINS(": 100%s %n\n", records[0].c_str());
}

TEST(Trace, survives_a_text_beyond_every_limit) {
  bool done = false;
  trace(TraceGroup::NavajoOp, TraceLevel::notice, "%s%s", std::string(20000, 'a').c_str(), evaluated(done));
  CHECK(done);
  CHECK(records[0].size() <= kTraceRecordLimit);
}

TEST(Trace, finds_groups_by_their_names) {
  CHECK(trace_group("NavajoOp") == TraceGroup::NavajoOp);
  CHECK_FALSE(trace_group("navajoop").has_value());
}

TEST(Trace, maps_every_id_of_the_error_log_to_a_group_that_speaks) {
#define NVJ_LOG(number, level, name) \
  CHECK_TEXT(kTraceGroupRows[static_cast<size_t>(trace_group_of(id::name))].speaks, #name);
#include "navajo/observe/log_ids.def"
#undef NVJ_LOG
}
