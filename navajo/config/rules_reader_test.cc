// Rules below Service: what is read, what is refused.
#include <string>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::config;
using namespace std::chrono_literals;

TEST_GROUP(RulesElements) {
  TemporaryFolder folder;
  Diagnostics diagnostics;

  std::vector<RulesElement> load(const std::string& elements) {
    return load_navajo_xml(folder.write("navajo.xml", "<Navajo><Service>" + elements +
                                                          "<Connector name='a' port='80'/><Engine><Host name='a'>"
                                                          "<Context docBase='d'/></Host></Engine></Service></Navajo>"),
                           diagnostics)
        .service.rules;
  }
  std::vector<RulesElement> good(const std::string& elements) {
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

TEST(RulesElements, a_file_is_enough) {
  const auto rules = good("<Rules file='rules.xml'/>");
  LONGS_EQUAL(1, rules.size());
  STRCMP_EQUAL("rules", rules[0].name->c_str());
  STRCMP_EQUAL(folder.file("rules.xml").c_str(), rules[0].file->c_str());
  CHECK(RulesApply::all == *rules[0].apply);
  LONGS_EQUAL(16 << 20, *rules[0].memory);
  CHECK(*rules[0].poll == 500ms);
}

TEST(RulesElements, have_attributes_and_there_may_be_several) {
  const auto rules = good("<Rules name='site' file='/etc/rules/site.xml' apply='filters' memory='1M' poll='0'/>"
                          "<Rules file='other.xml' poll='2s'/>");
  LONGS_EQUAL(2, rules.size());
  STRCMP_EQUAL("site", rules[0].name->c_str());
  STRCMP_EQUAL("/etc/rules/site.xml", rules[0].file->c_str());
  CHECK(RulesApply::filters == *rules[0].apply);
  LONGS_EQUAL(1 << 20, *rules[0].memory);
  CHECK(*rules[0].poll == 0ms);
  CHECK(*rules[1].poll == 2s);
}

TEST(RulesElements, need_a_file) { refuses("<Rules/>", "file"); }

TEST(RulesElements, names_are_words) { refuses("<Rules name='a b' file='f'/>", "'a b' is not a name of letters"); }

TEST(RulesElements, names_are_taken_once) {
  refuses("<Rules file='f'/><Rules name='rules' file='g'/>", "another Rules element has the name 'rules'");
}

TEST(RulesElements, too_little_memory_is_refused) { refuses("<Rules file='f' memory='1K'/>", "memory"); }
