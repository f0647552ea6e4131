#include "navajo/config/schema.h"

#include <set>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/error_text.h"

using namespace navajo::config;

TEST_GROUP(Schema) {};

TEST(Schema, every_row_hangs_below_another_and_says_what_it_is) {
  for (const auto schema : {navajo_xml_schema(), web_xml_schema()}) {
    std::set<std::string> names = {""};
    for (const ElementSpec& row : schema) {
      CHECK_TRUE_TEXT(names.contains(row.parent), row.name);
      CHECK_TRUE_TEXT(*row.doc != 0, row.name);
      names.insert(row.name);
      for (const ParamSpec& attribute : row.attributes) CHECK_TRUE_TEXT(*attribute.doc != 0, attribute.name);
    }
  }
}

TEST(Schema, every_default_is_a_value_its_own_row_allows) {
  for (const ElementSpec& row : navajo_xml_schema())
    for (const ParamSpec& attribute : row.attributes)
      if (*attribute.default_value) {
        const ParsedValue parsed = parse_value(attribute, attribute.default_value);
        CHECK_TRUE_TEXT(parsed.ok, (std::string(attribute.name) + parsed.why).c_str());
      }
}

TEST(Schema, describes_an_attribute_in_one_line) {
  const ElementSpec* reactor = find_element(navajo_xml_schema(), "Reactor", "Service");
  CHECK_TRUE(reactor != nullptr);
  STRCMP_EQUAL("threads (integer, auto or 1 to 64, default auto): Event loops in each child process. auto: as many as "
               "there are processors.",
               describe(reactor->attributes[1]).c_str());
}

TEST(Schema, the_reference_has_a_section_for_each_element_and_a_row_for_each_attribute) {
  const std::string page = schema_as_markdown(navajo_xml_schema(), "navajo.xml");
  for (const ElementSpec& row : navajo_xml_schema()) {
    STRCMP_CONTAINS(("\n## " + (*row.parent ? std::string(row.parent) + " / " : "") + row.name + "\n").c_str(),
                    page.c_str());
    for (const ParamSpec& attribute : row.attributes)
      STRCMP_CONTAINS(("\n| `" + std::string(attribute.name) + "` | ").c_str(), page.c_str());
  }
}

TEST(Schema, error_pages_are_one_line_without_double_quotes) {
  for (const StatusText& text : status_texts()) {
    const std::string page = error_page_html(text, "abc");
    CHECK_TRUE(page.find_first_of("\"\n\\") == std::string::npos);
    STRCMP_CONTAINS("request abc", page.c_str());
  }
  STRCMP_EQUAL("Not Found", status_text(404).reason);
  STRCMP_EQUAL("Server Error", status_text(599).reason);
}
