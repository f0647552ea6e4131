// Limits: defaults, what is read, what is refused.
#include <string>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::config;
using namespace std::chrono_literals;

TEST_GROUP(LimitsReader) {
  TemporaryFolder folder;
  Diagnostics diagnostics;

  LimitsElement load(const std::string& element) {
    diagnostics = {};
    return load_navajo_xml(
               folder.write("navajo.xml", "<Navajo><Service>" + element +
                                              "<Connector name='www.example.org' port='8080'/><Engine>"
                                              "<Host name='www'><Context docBase='d'/></Host></Engine></Service>"
                                              "</Navajo>"),
               diagnostics)
        .service.limits;
  }
  void refuses(const std::string& element, const char* text) {
    load(element);
    CHECK_FALSE(diagnostics.ok());
    STRCMP_CONTAINS(text, diagnostics.faults()[0].line().c_str());
  }
};

TEST(LimitsReader, without_the_element_there_are_defaults) {
  const LimitsElement limits = load("");
  CHECK_TRUE(diagnostics.ok());
  LONGS_EQUAL(16 << 20, *limits.memory);
  CHECK_TRUE(*limits.cleanup_interval == 60s);
  CHECK_TRUE(*limits.save_interval == 1s);
  LONGS_EQUAL(1000, *limits.max_sleepers);
  CHECK_TRUE(limits.credits_file->empty());
  CHECK_TRUE(*limits.fields == LimitFields::draft);
}

TEST(LimitsReader, everything_is_read_and_the_file_is_beside_navajo_xml) {
  const LimitsElement limits = load(
      "<Limits memory='64M' cleanupInterval='30s' creditsFile='credits' "
      "saveInterval='5s' maxSleepers='20' fields='both'/>");
  CHECK_TRUE(diagnostics.ok());
  LONGS_EQUAL(64 << 20, *limits.memory);
  CHECK_TRUE(*limits.cleanup_interval == 30s);
  CHECK_TRUE(*limits.save_interval == 5s);
  LONGS_EQUAL(20, *limits.max_sleepers);
  STRCMP_CONTAINS("/credits", limits.credits_file->c_str());
  CHECK_EQUAL('/', limits.credits_file->front());
  CHECK_TRUE(*limits.fields == LimitFields::both);
}

TEST(LimitsReader, faults_have_their_place) {
  refuses("<Limits creditsFile='none/such/credits'/>", "there is no folder");
  refuses("<Limits creditsFile='.'/>", "not a file");
  refuses("<Limits memory='10'/>", "navajo.xml:1");
  refuses("<Limits fields='all'/>", "fields");
  refuses("<Limits/><Limits/>", "Limits");
}
