// Conditions as trees, in one shape: whatever form they were written in, two that say the same in the same order are
// the same tree. No all directly inside an all, no any inside an any, neither with a single operand.
#pragma once

#include <vector>

#include "navajo/rules/rule_file.h"

namespace navajo::rules {

// Of at least one operand; an operand of the same kind gives its own operands.
Condition all_of(std::vector<Condition> operands);
Condition any_of(std::vector<Condition> operands);
Condition not_of(Condition operand);

// Where they stand does not count.
bool same(const Matcher& a, const Matcher& b);
bool same(const Condition& a, const Condition& b);

// Levels, and nodes of the tree: 1 for a single test.
size_t depth_of(const Condition& condition);
size_t size_of(const Condition& condition);
inline constexpr size_t kMaxConditionSize = 10000;  // also with all macros in it

}  // namespace navajo::rules
