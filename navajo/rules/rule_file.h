// Rules as they were read: sets of rules with conditions as trees. What the readers (rules.xml, expressions) make, lint
// looks at and compile() turns into an image. Made and thrown away by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/config/file_text.h"
#include "navajo/rules/action.h"
#include "navajo/rules/field.h"

namespace navajo::rules {

enum class MatchKind : uint8_t {
  exists,
  exact,    // text: the whole value. method, header names, host: see Matcher::ignore_case
  glob,     // text: as config::Pattern's GLOB for path and target; elsewhere * is any run of characters, ? one
  regex,    // text: PCRE2, anywhere in the value
  network,  // text: CIDR; of address fields
  range,    // from..to, both included; of number fields
  time,     // text: "Mon-Fri 08:00-18:00 Europe/Zurich", checked by the reader; of time
  list,     // list: number of the list in RuleFile::lists
};

struct Matcher {
  MatchKind kind = MatchKind::exists;
  std::string text;
  bool ignore_case = false;
  int64_t from = INT64_MIN, to = INT64_MAX;
  uint32_t list = 0;
};

struct Condition {
  enum class Op : uint8_t { always, test, all, any, negation };  // negation has one operand
  Op op = Op::always;
  std::vector<Condition> operands;
  Field field{};
  std::string name;  // of a named field
  Matcher matcher;
  config::Position where;
};

// Entries of a list: alternatives. A text entry is exact, or a glob where it has a wildcard.
struct ValueList {
  enum class Kind : uint8_t { text, network };
  std::string name;
  Kind kind = Kind::text;
  bool ignore_case = false;
  std::vector<std::string> entries;
  config::Position where;
};

struct Rule {
  std::string id;  // unique in the file and all it includes; counters go by it
  Condition when;
  std::vector<Action> then, otherwise;  // in the order they are carried out
  bool two_armed = false;               // otherwise counts, even if it is empty
  bool go_on = false;                   // in a set of the first match: this one does not end it
  bool shadow = false;                  // of the rule or of its set
  config::Position where;
};

// Conditions have their macros written out; what is kept of one is for lint.
struct MacroUse {
  std::string name;
  bool used = false;
  config::Position where;
};

enum class Phase : uint8_t { request, response };
enum class Evaluation : uint8_t { first, all };

struct RuleSet {
  std::string name;
  Phase phase = Phase::request;
  Evaluation evaluation = Evaluation::first;
  bool shadow = false;
  std::vector<Rule> rules;
  config::Position where;
};

struct RuleFile {
  std::string path;
  std::vector<RuleSet> sets;  // in their order, which is that of evaluation
  std::vector<ValueList> lists;
  std::vector<MacroUse> macros;
  config::FileTexts files;    // all that was read: rules.xml, what it includes, files of lists
};

// Most of each; more is a fault.
inline constexpr size_t kMaxRules = 20000, kMaxSets = 64, kMaxListEntries = 200000, kMaxConditionDepth = 32;

// rules_xml.cc. Every fault goes to diagnostics, with file, line and column; the result is meaningful only without one.
RuleFile read_rule_file(const std::string& path, config::Diagnostics& diagnostics);

}  // namespace navajo::rules
