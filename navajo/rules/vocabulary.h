// The table of rules.xml: elements, attributes, types, defaults, ranges, meaning. It drives reading, checking and
// docs/reference/rules.md. Conditions and actions stand below several elements, so rows belong to groups: those of
// ElementSpec::parent. Immutable; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/schema.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules {

inline constexpr std::string_view kRootGroup = "", kFileGroup = "file", kSetGroup = "rules of a set",
                                  kRuleGroup = "rule", kActionGroup = "action", kConditionGroup = "condition",
                                  kPartGroup = "part of an action";

// All rows: first those written out, then one condition for each field.
std::span<const config::ElementSpec> rules_schema();

// What may stand below an element of that row.
std::vector<const config::ElementSpec*> allowed_below(const config::ElementSpec& row);
// Null: it may not.
const config::ElementSpec* row_below(const config::ElementSpec& parent, std::string_view name);
const config::ElementSpec& root_row();

// Attributes of a condition that compare, and what each means.
struct ComparingAttribute {
  const char* name;
  MatchKind kind;
};
std::span<const ComparingAttribute> comparing_attributes();

// The tables of docs/reference/rules.md: elements by group, then fields.
std::string vocabulary_as_markdown();

}  // namespace navajo::rules
