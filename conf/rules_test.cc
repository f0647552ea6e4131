// conf/rules has every element and attribute of rules.xml and of samples, and does what its samples expect; the tables
// of docs/reference/rules.md are those of the code.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "navajo/config/xml_document.h"
#include "navajo/rules/lint.h"
#include "navajo/rules/sample_run.h"
#include "navajo/rules/vocabulary.h"

#include "CppUTest/TestHarness.h"


using namespace navajo;

namespace {

std::string conf(const std::string& name) { return std::string(CONF_FOLDER) + "/rules/" + name; }

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void collect(const config::XmlElement& element, const config::ElementSpec& row, std::set<std::string>& seen) {
  const std::string name = std::string(row.parent) + "/" + row.name;
  seen.insert(name);
  for (const config::XmlAttribute& attribute : element.attributes) seen.insert(name + " " + attribute.name);
  for (const config::XmlElement& child : element.children)
    if (const config::ElementSpec* below = rules::row_below(row, child.name)) collect(child, *below, seen);
}

void collect_samples(const config::XmlElement& element, const std::string& parent, std::set<std::string>& seen) {
  const std::string name = parent + "/" + element.name;
  seen.insert(name);
  for (const config::XmlAttribute& attribute : element.attributes) seen.insert(name + " " + attribute.name);
  for (const config::XmlElement& child : element.children) collect_samples(child, element.name, seen);
}

}  // namespace

TEST_GROUP(RulesReference) {
  config::Diagnostics diagnostics;
  void is_good() {
    for (const config::Fault& fault : diagnostics.faults()) FAIL(fault.line().c_str());
  }
};

TEST(RulesReference, has_every_element_and_attribute) {
  const auto root = config::read_xml(conf("rules.xml"), config::DoctypePolicy::refuse, diagnostics);
  is_good();
  std::set<std::string> seen;
  collect(*root, rules::root_row(), seen);
  for (const config::ElementSpec& row : rules::rules_schema()) {
    const std::string name = std::string(row.parent) + "/" + row.name;
    if (!seen.contains(name)) FAIL(("conf/rules/rules.xml has no " + name).c_str());
    // What compares is the same for all facts: each is shown somewhere.
    const bool fact = row.parent == rules::kConditionGroup && rules::find_field(row.name);
    if (fact || (row.parent == rules::kFileGroup && row.name == std::string("rule"))) continue;
    for (const config::ParamSpec& attribute : row.attributes)
      if (!seen.contains(name + " " + attribute.name) && attribute.name != std::string("side") &&
          attribute.name != std::string("key"))
        FAIL(("conf/rules/rules.xml has no " + name + " " + attribute.name).c_str());
  }
}

TEST(RulesReference, has_every_element_and_attribute_of_samples) {
  const auto root = config::read_xml(conf("samples.xml"), config::DoctypePolicy::refuse, diagnostics);
  is_good();
  std::set<std::string> seen;
  collect_samples(*root, "", seen);
  for (const config::ElementSpec& row : rules::sample_schema()) {
    const std::string name = std::string(row.parent) + "/" + row.name;
    if (!seen.contains(name)) FAIL(("conf/rules/samples.xml has no " + name).c_str());
    for (const config::ParamSpec& attribute : row.attributes)
      if (!seen.contains(name + " " + attribute.name) && attribute.name != std::string("none"))
        FAIL(("conf/rules/samples.xml has no " + name + " " + attribute.name).c_str());
  }
}

TEST(RulesReference, does_what_its_samples_expect_and_lint_has_no_warning) {
  const rules::RuleFile file = rules::read_rule_file(conf("rules.xml"), diagnostics);
  is_good();
  const std::vector<std::byte> image = rules::compile(file, diagnostics);
  const std::vector<rules::Sample> samples = rules::read_samples(conf("samples.xml"), diagnostics);
  is_good();
  const auto program = rules::Program::adopt(image);
  if (!program.ok()) FAIL(program.error().text.c_str());
  for (const rules::Sample& sample : samples)
    for (const std::string& line : rules::differences(sample, rules::try_sample(**program, sample))) FAIL(line.c_str());
  for (const rules::Finding& finding : rules::lint(file))
    if (finding.severity == rules::Severity::warning) FAIL(finding.line().c_str());
}

TEST(RulesReference, the_tables_of_the_documentation_are_those_of_the_code) {
  const std::string text = text_of(std::string(DOCS_FOLDER) + "/reference/rules.md");
  const auto has = [&](const std::string& part) {
    if (text.find(part) == std::string::npos)
      FAIL(("docs/reference/rules.md is missing or not up to date:\n" + part).c_str());
  };
  has(rules::vocabulary_as_markdown());
  has(rules::lint_as_markdown());
  has(rules::samples_as_markdown());
}
