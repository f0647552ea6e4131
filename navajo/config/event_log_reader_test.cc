// EventLog and Redact: what is read, and what is refused.
#include <string>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::config;

TEST_GROUP(EventLogs) {
  TemporaryFolder folder;
  Diagnostics diagnostics;

  std::vector<EventLogElement> load(const std::string& elements) {
    diagnostics = {};
    return load_navajo_xml(folder.write("navajo.xml",
                                        "<Navajo><Service>\n" + elements +
                                            "<Connector name='a.example.org' port='8080'/><Engine>"
                                            "<Host name='a.example.org'><Context docBase='d'/></Host></Engine>"
                                            "</Service></Navajo>"),
                           diagnostics)
        .service.event_logs;
  }
  std::vector<EventLogElement> good(const std::string& elements) {
    auto out = load(elements);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return out;
  }
  void refuses(const std::string& elements, const char* text) {
    load(elements);
    if (diagnostics.ok()) FAIL((std::string("accepted, expected: ") + text).c_str());
    STRCMP_CONTAINS(text, diagnostics.faults()[0].line().c_str());
  }
};

TEST(EventLogs, there_is_none_unless_one_is_asked_for) { CHECK(good("").empty()); }

TEST(EventLogs, a_file_is_enough) {
  const EventLogElement log = good("<EventLog file='logs/events.json'/>").at(0);
  STRCMP_EQUAL("events", log.name->c_str());
  STRCMP_EQUAL((folder.path() + "/logs/events.json").c_str(), log.file->c_str());
  STRCMP_EQUAL("", log.program->c_str());
  LONGS_EQUAL(4 << 20, *log.queue);
  LONGS_EQUAL(0, *log.per_second);
  LONGS_EQUAL(0, *log.rotate_at);
  CHECK(log.redact_headers->empty() && log.show_headers->empty() && log.redact_patterns->empty());
}

TEST(EventLogs, everything_may_be_said) {
  const EventLogElement log =
      good("<EventLog name='audit' file='/var/log/a' queue='1M' maxPerSecond='50' rotateAt='10M' "
           "redactHeaders='X-Patient, X-Iban' showHeaders='Authorization'>"
           "<Redact pattern='iban=(\\w+)'/><Redact pattern='a b'/></EventLog>")
          .at(0);
  STRCMP_EQUAL("audit", log.name->c_str());
  STRCMP_EQUAL("/var/log/a", log.file->c_str());
  LONGS_EQUAL(1 << 20, *log.queue);
  LONGS_EQUAL(50, *log.per_second);
  LONGS_EQUAL(10 << 20, *log.rotate_at);
  LONGS_EQUAL(2, log.redact_headers->size());
  STRCMP_EQUAL("X-Iban", log.redact_headers->at(1).c_str());
  STRCMP_EQUAL("Authorization", log.show_headers->at(0).c_str());
  LONGS_EQUAL(2, log.redact_patterns->size());
  STRCMP_EQUAL("a b", log.redact_patterns->at(1).c_str());
}

TEST(EventLogs, a_program_takes_the_place_of_a_file) {
  STRCMP_EQUAL("logger -t events", good("<EventLog program='logger -t events'/>").at(0).program->c_str());
}

TEST(EventLogs, several_have_different_names) {
  LONGS_EQUAL(2, good("<EventLog file='a'/><EventLog name='b' file='b'/>").size());
  refuses("<EventLog file='a'/><EventLog file='b'/>", "EventLog name: another one has 'events'");
  refuses("<EventLog file='a'/><EventLog name='b' file='a'/>", "EventLog file: another one has '");
}

TEST(EventLogs, neither_or_both_of_file_and_program_are_refused) {
  refuses("<EventLog/>", "EventLog file: is missing, and so is program");
  refuses("<EventLog file='a' program='b'/>", "EventLog program: stands beside file");
}

TEST(EventLogs, a_program_is_not_rotated) {
  refuses("<EventLog program='b' rotateAt='1M'/>", "rotateAt: is of a file");
}

TEST(EventLogs, a_field_is_not_hidden_and_shown) {
  refuses("<EventLog file='a' redactHeaders='X-A' showHeaders='x-a'/>", "'x-a' stands in redactHeaders as well");
}

TEST(EventLogs, a_pattern_that_is_none_is_refused_at_its_place) {
  refuses("<EventLog file='a'><Redact pattern='(open'/></EventLog>", "navajo.xml:2:28: NVJ1306 Redact pattern");
  refuses("<EventLog file='a'><Redact/></EventLog>", "Redact");
  refuses("<EventLog file='a'><Redact pattern=''/></EventLog>", "is empty");
}

TEST(EventLogs, numbers_out_of_their_range_are_refused) {
  refuses("<EventLog file='a' queue='1K'/>", "queue");
  refuses("<EventLog file='a' maxPerSecond='0'/>", "maxPerSecond");
  refuses("<EventLog file='a' rotateAt='5'/>", "rotateAt");
}
