#include "navajo/config/property_table.h"

#include <set>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo::config;
namespace id = navajo::observe::id;

TEST_GROUP(PropertyTable) {
  const TemporaryFolder folder;
  Diagnostics diagnostics;

  LoadedProperties load(std::string_view text, Compat compat = Compat::strict) {
    return load_properties(folder.write("bc.properties", text), Missing::fault, compat, diagnostics);
  }
  // The only fault, without the folder.
  std::string fault() {
    CHECK_EQUAL(1, diagnostics.count());
    return diagnostics.ok() ? "" : diagnostics.faults()[0].line().substr(folder.path().size() + 1);
  }
};

TEST(PropertyTable, every_row_is_documented_once_and_has_a_default_of_its_type) {
  std::set<std::string> names;
  for (const ParamSpec& row : property_table()) {
    CHECK_TRUE_TEXT(names.insert(row.name).second, row.name);
    CHECK_TRUE_TEXT(*row.doc != 0, row.name);
    if (*row.default_value) CHECK_TRUE_TEXT(parse_value(row, row.default_value).ok, row.name);
  }
}

TEST(PropertyTable, gives_defaults_without_a_file) {
  const LoadedProperties loaded =
      load_properties(folder.file("none.properties"), Missing::tolerated, Compat::strict, diagnostics);
  CHECK_TRUE(diagnostics.ok());
  CHECK_EQUAL(100, loaded.known->integer("ch.nevis.bc.net.MaxHeaders"));
  CHECK_EQUAL(65536u, default_properties()->bytes("ch.nevis.navajo.request.BufferSize"));
}

TEST(PropertyTable, checks_types_and_ranges_at_their_places) {
  load("a.b=1\nch.nevis.bc.net.MaxHeaders = lots\n");
  STRCMP_EQUAL("bc.properties:2:30: NVJ1312 bc.properties: property 'ch.nevis.bc.net.MaxHeaders' 'lots' is not a "
               "number",
               fault().c_str());
}

TEST(PropertyTable, leaves_names_it_does_not_know_to_the_container) {
  const LoadedProperties loaded = load("ch.nevis.x.HttpConnectorServlet.ConnectTimeout=3\n");
  CHECK_TRUE(diagnostics.ok());
  CHECK_EQUAL(1u, loaded.others.size());
  STRCMP_EQUAL("ch.nevis.x.HttpConnectorServlet.ConnectTimeout", loaded.others[0].name.c_str());
}

TEST(PropertyTable, a_buffer_has_to_be_smaller_than_the_largest_allocation) {
  load("ch.nevis.navajo.request.BufferSize=128K\nbc.lang.system.MaxAllocSize=128K");
  STRCMP_CONTAINS("bc.properties:1:36: NVJ1312", fault().c_str());
  STRCMP_CONTAINS("has to be smaller than bc.lang.system.MaxAllocSize, which is 131072", fault().c_str());
}

TEST(PropertyTable, says_which_known_properties_do_nothing) {
  load("org.apache.response.UseBufferdWrite=true");
  CHECK_TRUE(diagnostics.ok());
  CHECK_EQUAL(1u, diagnostics.notices().size());
  CHECK_EQUAL(id::config_without_effect.number, diagnostics.notices()[0].id.number);
  for (const ParamSpec& row : property_table())
    if (!without_effect(row.name).empty()) CHECK_TRUE_TEXT(*row.doc != 0, row.name);
}

TEST(PropertyTable, log_properties_win_for_traces_and_hold_nothing_else) {
  folder.write("log.properties", "BC.Tracer.ThresholdBase=7\nBC.Tracer.DebugProfile.NavajoOp=1\nother=2\n");
  const LoadedProperties loaded = load("BC.Tracer.ThresholdBase=4\nBC.Tracer.MaxLogFileVersions=2\n");
  CHECK_EQUAL(7, loaded.known->integer("BC.Tracer.ThresholdBase"));
  CHECK_EQUAL(2, loaded.known->integer("BC.Tracer.MaxLogFileVersions"));
  CHECK_EQUAL(1, loaded.known->integer("BC.Tracer.DebugProfile.NavajoOp"));
  CHECK_EQUAL(1u, loaded.known->names("BC.Tracer.DebugProfile.").size());
  STRCMP_CONTAINS("log.properties:3:1: NVJ1352", fault().c_str());
}

TEST(PropertyTable, a_name_that_is_there_twice_is_a_fault_unless_lenient) {
  load("ch.nevis.bc.net.MaxHeaders=5\nch.nevis.bc.net.MaxHeaders=6\n");
  STRCMP_CONTAINS("bc.properties:2:1: NVJ1307", fault().c_str());
  Diagnostics lenient;
  const LoadedProperties loaded =
      load_properties(folder.file("bc.properties"), Missing::fault, Compat::lenient, lenient);
  CHECK_TRUE(lenient.ok());
  CHECK_EQUAL(6, loaded.known->integer("ch.nevis.bc.net.MaxHeaders"));
}

TEST(PropertyTable, decisions_on_the_raw_uri_are_refused_unless_lenient) {
  load("org.apache.request.ParsedUri=false");
  STRCMP_CONTAINS("bc.properties:1:30: NVJ1312", fault().c_str());
  Diagnostics lenient;
  (void)load_properties(folder.file("bc.properties"), Missing::fault, Compat::lenient, lenient);
  CHECK_TRUE(lenient.ok());
  CHECK_EQUAL(1u, lenient.notices().size());
}

TEST(PropertyTable, error_on_deprecated_turns_notices_into_faults) {
  diagnostics.deprecated({"navajo.xml", 1, 2}, "old");
  CHECK_TRUE(diagnostics.ok());
  load("ch.nevis.ErrorOnDeprecated=true");
  diagnostics.deprecated({"navajo.xml", 1, 2}, "old");
  STRCMP_EQUAL("navajo.xml:1:2: NVJ1351 DEPRECATED: old [CONF-0001]", diagnostics.faults()[0].line().c_str());
}

TEST(PropertyTable, a_deprecated_param_is_said_when_it_is_given) {
  static constexpr ParamSpec kSpecs[] = {{.name = "Old", .deprecated = "use New"}};
  const Params given("servlet 'a'", {"web.xml", 1, 1}, kSpecs, {{"Old", {"1", {"web.xml", 3, 4}}}}, diagnostics);
  STRCMP_EQUAL("web.xml:3:4: NVJ1350 DEPRECATED: servlet 'a': init-param 'Old': use New",
               diagnostics.notices()[0].line().c_str());
}

TEST(PropertyTable, trace_levels_can_be_read_again_and_again) {
  folder.write("bc.properties", "BC.Tracer.ThresholdBase=6\nBC.Tracer.DebugProfile.NavajoOp=2\nx=${exec:false}\n");
  TraceLevels levels = read_trace_levels(folder.file("bc.properties"), diagnostics);
  CHECK_EQUAL(6, levels.base);
  CHECK_EQUAL(2, levels.groups["NavajoOp"]);
  folder.write("log.properties", "BC.Tracer.DebugProfile.NavajoOp=4\n");
  levels = read_trace_levels(folder.file("bc.properties"), diagnostics);
  CHECK_EQUAL(4, levels.groups["NavajoOp"]);
  CHECK_TRUE(diagnostics.ok());
  folder.write("log.properties", "BC.Tracer.DebugProfile.NavajoOp=much\n");
  levels = read_trace_levels(folder.file("bc.properties"), diagnostics);
  CHECK_EQUAL(2, levels.groups["NavajoOp"]);
  STRCMP_CONTAINS("log.properties:1:33: NVJ1312", fault().c_str());
}
