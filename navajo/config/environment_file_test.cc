#include "navajo/config/environment_file.h"

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo::config;

TEST_GROUP(EnvironmentFile) {
  const TemporaryFolder folder;
  Diagnostics diagnostics;

  void load(std::string_view text) { load_environment(folder.write("env.conf", text), diagnostics); }
  std::string variable(const char* name) { return getenv(name) ? getenv(name) : "(not set)"; }
  std::string fault() {
    return diagnostics.ok() ? "" : diagnostics.faults()[0].line().substr(folder.path().size() + 1);
  }
};

TEST(EnvironmentFile, sets_variables_and_replaces_others_in_them) {
  setenv("NAVAJO_T_OLD", "old", 1);
  load("# comment\n\nNAVAJO_T_A=plain value\nexport NAVAJO_T_B=\"${NAVAJO_T_A}, $NAVAJO_T_OLD$\"\n"
       "NAVAJO_T_C='$NAVAJO_T_A'\n NAVAJO_T_OLD=new\nNAVAJO_T_D=\nNAVAJO_T_E=x:$NAVAJO_T_NOT_SET\n");
  STRCMP_EQUAL("", fault().c_str());
  STRCMP_EQUAL("plain value", variable("NAVAJO_T_A").c_str());
  STRCMP_EQUAL("plain value, old$", variable("NAVAJO_T_B").c_str());
  STRCMP_EQUAL("$NAVAJO_T_A", variable("NAVAJO_T_C").c_str());
  STRCMP_EQUAL("new", variable("NAVAJO_T_OLD").c_str());
  STRCMP_EQUAL("", variable("NAVAJO_T_D").c_str());
  STRCMP_EQUAL("x:", variable("NAVAJO_T_E").c_str());
}

TEST(EnvironmentFile, refuses_what_is_no_assignment_with_its_place) {
  load("NAVAJO_T_A=1\n  not an assignment\n");
  STRCMP_EQUAL("env.conf:2:3: NVJ1301 'not an assignment' is not NAME=value", fault().c_str());
}

TEST(EnvironmentFile, runs_no_command) {
  load("NAVAJO_T_F=$(id)\n");
  STRCMP_CONTAINS("env.conf:1:12: NVJ1318 env.conf runs no command", fault().c_str());
  STRCMP_EQUAL("(not set)", variable("NAVAJO_T_F").c_str());
}

TEST(EnvironmentFile, refuses_open_quotes_and_control_characters) {
  load("NAVAJO_T_G=\"x\nNAVAJO_T_H=a\x01\n");
  CHECK_EQUAL(2, diagnostics.count());
}

TEST(EnvironmentFile, is_read_before_navajo_xml) {
  folder.write("env.conf", "NAVAJO_T_NAME=from-env-conf\n");
  folder.write("navajo.xml", R"(<Navajo><Service name="${env:NAVAJO_T_NAME}">
    <Connector name="a" port="1"/><Engine><Host name="a"><Context docBase="x"/></Host></Engine></Service></Navajo>)");
  const NavajoXml navajo = load_navajo_xml(folder.file("navajo.xml"), diagnostics);
  STRCMP_EQUAL("", fault().c_str());
  STRCMP_EQUAL("from-env-conf", navajo.service.name->c_str());
}
