#include "navajo/config/diagnostics.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::config;
namespace id = navajo::observe::id;

TEST_GROUP(Diagnostics) {};

TEST(Diagnostics, writes_file_line_column_id_and_text) {
  const Fault fault{{"conf/navajo.xml", 7, 12}, id::config_unknown_attribute, "Host has no attribute 'nam'"};
  STRCMP_EQUAL("conf/navajo.xml:7:12: NVJ1304 Host has no attribute 'nam'", fault.line().c_str());
}

TEST(Diagnostics, leaves_out_what_is_not_known_of_the_place) {
  STRCMP_EQUAL("a.xml: NVJ1300 gone", (Fault{{"a.xml", 0, 0}, id::config_unreadable, "gone"}.line().c_str()));
  STRCMP_EQUAL("a.xml:3: NVJ1301 bad", (Fault{{"a.xml", 3, 0}, id::config_syntax, "bad"}.line().c_str()));
}

TEST(Diagnostics, keeps_fifty_faults_and_says_that_there_are_more) {
  Diagnostics diagnostics;
  for (int i = 0; i < 80; i++) diagnostics.fault({"a.xml", i + 1, 1}, id::config_bad_value, "wrong");
  LONGS_EQUAL(51, diagnostics.faults().size());
  LONGS_EQUAL(id::config_more_faults.number, diagnostics.faults().back().id.number);
  CHECK_FALSE(diagnostics.ok());
}

TEST(Diagnostics, a_notice_is_no_reason_to_refuse) {
  Diagnostics diagnostics;
  diagnostics.notice({"a.xml", 1, 1}, id::config_without_effect, "no effect");
  CHECK_TRUE(diagnostics.ok());
  LONGS_EQUAL(1, diagnostics.notices().size());
}

TEST(Diagnostics, guesses_what_was_meant) {
  STRCMP_EQUAL(", did you mean 'InetAddress'?", did_you_mean("InetAddres", {"HostName", "InetAddress"}).c_str());
  STRCMP_EQUAL(", did you mean 'port'?", did_you_mean("prot", {"port", "name"}).c_str());
  STRCMP_EQUAL(", did you mean 'docBase'?", did_you_mean("docbase", {"path", "docBase"}).c_str());
}

TEST(Diagnostics, does_not_guess_from_afar) {
  STRCMP_EQUAL("", did_you_mean("xyz", {"port", "name"}).c_str());
  STRCMP_EQUAL("", did_you_mean("q", {"a"}).c_str());
  STRCMP_EQUAL("", did_you_mean(std::string(5000, 'a'), {"a"}).c_str());
}
