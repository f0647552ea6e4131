// Any text as rules.xml: faults with places, or rules that lint can look at.
#include <cstdint>
#include <string>
#include <string_view>

#include "navajo/observe/log.h"
#include "navajo/rules/condition.h"
#include "navajo/rules/lint.h"
#include "navajo/rules/rules_xml.h"
#include "tests/fuzz/require.h"

using namespace navajo;
using namespace navajo::rules;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 2048) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Includes and lists would name files of this machine.
  const config::FileTexts nothing;
  const config::ReadingScope instead(nullptr, &nothing);
  config::Diagnostics diagnostics;
  const RuleFile file = parse_rule_file("/fuzz/rules.xml", text, diagnostics);
  for (const config::Fault& fault : diagnostics.faults()) {
    FUZZ_REQUIRE(!fault.text.empty());
    FUZZ_REQUIRE(fault.where.line <= static_cast<int>(size) + 1);
  }
  if (!diagnostics.ok()) return 0;
  for (const RuleSet& set : file.sets)
    for (const Rule& rule : set.rules) {
      FUZZ_REQUIRE(!rule.id.empty());
      FUZZ_REQUIRE(depth_of(rule.when) <= kMaxConditionDepth);
    }
  // Patterns may be slow on purpose: that is measured elsewhere.
  if (text.find('~') == text.npos && text.find("matches") == text.npos && text.find("pattern") == text.npos)
    for (const Finding& finding : lint(file)) FUZZ_REQUIRE(!finding.line().empty());
  return 0;
}
