// What is suspicious about rules that are otherwise in order: rules that never act, say the same twice or the
// impossible, patterns that can take long, limits a client can evade. Told only where it is certain: a rule that is not
// named may still be useless, one that is named is. Made for people; one thread.
#pragma once

#include <string>
#include <vector>

#include "navajo/rules/rule_file.h"

namespace navajo::rules {

enum class Severity : uint8_t { warning, hint };

struct Finding {
  Severity severity = Severity::warning;
  config::Position where;
  const char* kind = "";  // "unreachable", "shadowed", ...: kLintKinds
  std::string text;

  std::string line() const;  // "rules.xml:12:3: warning: text [unreachable]"
};

struct LintKind {
  const char* kind;
  Severity severity;
  const char* meaning;
};
// All there are, for the reference.
const std::vector<LintKind>& lint_kinds();

std::string lint_as_markdown();

// What one may take the time for: at the command line all of it, a second or more; where rules are to be put to work,
// what takes some milliseconds.
struct LintEffort {
  size_t pairs = 2000000;      // of rules of a set that are compared with each other
  bool measure_patterns = true;
};
inline constexpr LintEffort kQuickLint{.pairs = 20000, .measure_patterns = false};

// Of a file without faults. In the order of the file.
std::vector<Finding> lint(const RuleFile& file, const LintEffort& effort = {});

}  // namespace navajo::rules
