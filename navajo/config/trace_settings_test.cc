#include "navajo/config/trace_settings.h"

#include <fstream>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/property_table.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo;
using namespace navajo::config;
using namespace std::chrono_literals;

namespace {
constexpr int64_t kNow = 1796000000;
std::vector<std::string>* g_said;
void keep(observe::LogId, std::string_view text) { g_said->emplace_back(text); }
void unheard(std::string_view) {}
}  // namespace

TEST_GROUP(TraceSettings) {
  TemporaryFolder folder;
  Diagnostics diagnostics;
  std::vector<std::string> said;
  void setup() override {
    g_said = &said;
    observe::set_log_sink(keep, nullptr);
  }
  void teardown() override {
    observe::set_trace_sink(nullptr);
    observe::set_trace_levels({});
    observe::set_log_sink(nullptr, nullptr);
  }
  std::string properties(const std::string& text) { return folder.write("bc.properties", text); }
  NavajoXml read(const std::string& text) {
    NavajoXml navajo;
    navajo.properties = load_properties(properties(text), Missing::fault, Compat::strict, diagnostics).known;
    check_trace_settings(*navajo.properties, diagnostics);
    return navajo;
  }
};

TEST(TraceSettings, are_off_without_a_spool_folder_and_a_file) { CHECK_FALSE(trace_settings(read("")).on()); }

TEST(TraceSettings, put_the_log_below_the_spool_folder) {
  NavajoXml navajo = read("");
  navajo.service.spool_dir.value = "/var/opt/x";
  navajo.service.spool_dir.given = true;
  STRCMP_EQUAL("/var/opt/x/logs/navajo.log", trace_settings(navajo).file.path.c_str());
}

TEST(TraceSettings, take_a_relative_path_from_the_folder_of_the_properties) {
  const TraceSettings settings =
      trace_settings(read("BC.Tracer.LogFile=logs/../n.log\nBC.Tracer.LogFileAccess=0600\n"));
  STRCMP_EQUAL((folder.path() + "/n.log").c_str(), settings.file.path.c_str());
  LONGS_EQUAL(0600, settings.file.access);
}

TEST(TraceSettings, know_a_pipe) {
  const TraceSettings settings = trace_settings(read("BC.Tracer.LogFile=pipe:///bin/logger -t x\n"));
  STRCMP_EQUAL("/bin/logger -t x", settings.program.c_str());
  CHECK(settings.file.path.empty());
}

TEST(TraceSettings, add_the_levels_of_groups) {
  const TraceSettings settings = trace_settings(read("BC.Tracer.ThresholdBase=6\nBC.Tracer.DebugProfile.NavajoOp=2\n"));
  LONGS_EQUAL(6, settings.levels.base);
  LONGS_EQUAL(2, settings.levels.profile[static_cast<size_t>(observe::TraceGroup::NavajoOp)]);
}

TEST(TraceSettings, tell_a_group_in_which_nothing_is_written) {
  read("BC.Tracer.DebugProfile.NavajoDump=7\nBC.Tracer.DebugProfile.NavajOp=1\n");
  CHECK(diagnostics.ok());
  LONGS_EQUAL(2, diagnostics.notices().size());
  STRCMP_CONTAINS(":2:32: NVJ1316 BC.Tracer.DebugProfile.NavajOp has no effect",
                  diagnostics.notices()[0].line().c_str());
  STRCMP_CONTAINS("did you mean 'NavajoOp'", diagnostics.notices()[0].line().c_str());
  STRCMP_CONTAINS("NavajoDump has no effect", diagnostics.notices()[1].line().c_str());
}

TEST(TraceSettings, fault_an_access_that_is_none) {
  read("BC.Tracer.LogFileAccess=rw-r\n");
  LONGS_EQUAL(1, diagnostics.faults().size());
}

TEST(TraceSettings, know_octal_and_named_access) {
  LONGS_EQUAL(0640, parse_access("0640"));
  LONGS_EQUAL(0644, parse_access("44"));
  LONGS_EQUAL(0660, parse_access("owner, group"));
  LONGS_EQUAL(0606, parse_access("other"));
  LONGS_EQUAL(-1, parse_access("0999"));
  LONGS_EQUAL(-1, parse_access("4755"));
}

TEST(TraceSettings, hold_for_a_time_and_go_back_by_themselves) {
  TraceSettings settings =
      trace_settings(read("BC.Tracer.DebugProfile.NavajoOp=0\nBC.Tracer.TemporaryProfile.NavajoOp=2@1\n"));
  CHECK_EQUAL(0, settings.levels.profile[static_cast<size_t>(observe::TraceGroup::NavajoOp)]);  // that is over
  settings.reread = 0s;
  observe::set_trace_sink(unheard);
  observe::set_trace_levels(settings.levels);
  TraceLevelWatch watch(settings);
  watch.look(kNow);
  CHECK(said.empty());
  folder.write("log.properties", "BC.Tracer.TemporaryProfile.NavajoOp=2@" + std::to_string(kNow + 60) + "\n");
  watch.look(kNow);
  CHECK(observe::trace_enabled(observe::TraceGroup::NavajoOp, observe::TraceLevel::info));
  STRCMP_CONTAINS("NVJ1193", said.at(0).c_str());
  watch.look(kNow + 59);
  LONGS_EQUAL(1, said.size());
  watch.look(kNow + 60);
  CHECK_FALSE(observe::trace_enabled(observe::TraceGroup::NavajoOp, observe::TraceLevel::info));
  LONGS_EQUAL(2, said.size());
  STRCMP_CONTAINS("NVJ2355", said.at(1).c_str());
  watch.look(kNow + 61);
  LONGS_EQUAL(2, said.size());
}

TEST(TraceSettings, for_a_time_are_a_level_and_an_end) {
  for (const char* wrong : {"", "3", "11@5", "-1@5", "3@", "3@x", "3@-1", "3@5 "})
    CHECK_FALSE(parse_temporary_level(wrong).has_value());
  LONGS_EQUAL(3, parse_temporary_level("3@5")->level);
  LONGS_EQUAL(5, parse_temporary_level("3@5")->until);
}

TEST(TraceSettings, take_levels_that_were_changed_before_the_child_looked_first) {
  TraceSettings settings = trace_settings(read("BC.Tracer.DebugProfile.NavajoOp=0\n"));
  settings.reread = 0s;
  observe::set_trace_sink(unheard);
  observe::set_trace_levels(settings.levels);
  properties("BC.Tracer.DebugProfile.NavajoOp=1\n#\n");
  TraceLevelWatch watch(settings);
  watch.look(kNow);
  CHECK(observe::trace_enabled(observe::TraceGroup::NavajoOp, observe::TraceLevel::info));
  LONGS_EQUAL(1, said.size());
}

TEST(TraceSettings, take_changed_levels_and_keep_them_after_a_fault) {
  TraceSettings settings = trace_settings(read("BC.Tracer.DebugProfile.NavajoOp=0\n"));
  settings.reread = 0s;  // at each look
  observe::set_trace_sink(unheard);
  observe::set_trace_levels(settings.levels);
  TraceLevelWatch watch(settings);
  watch.look(kNow);
  CHECK(said.empty());
  properties("BC.Tracer.DebugProfile.NavajoOp=1\n#\n");
  watch.look(kNow);
  CHECK(observe::trace_enabled(observe::TraceGroup::NavajoOp, observe::TraceLevel::info));
  LONGS_EQUAL(1, said.size());
  STRCMP_CONTAINS("NVJ1193", said[0].c_str());
  properties("BC.Tracer.DebugProfile.NavajoOp=loud\n");
  watch.look(kNow);
  watch.look(kNow);
  CHECK(observe::trace_enabled(observe::TraceGroup::NavajoOp, observe::TraceLevel::info));
  LONGS_EQUAL(2, said.size());
  STRCMP_CONTAINS("NVJ1194", said[1].c_str());
  folder.write("log.properties", "BC.Tracer.ThresholdBase=3\n");
  properties("");
  watch.look(kNow);
  CHECK_FALSE(observe::trace_enabled(observe::TraceGroup::NavajoOp, observe::TraceLevel::notice));
}
