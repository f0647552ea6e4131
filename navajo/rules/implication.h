// Whether one condition follows from another, as far as it can be seen cheaply: false means "not seen". For lint.
#pragma once

#include <span>

#include "navajo/rules/rule_file.h"

namespace navajo::rules {

// Wherever `narrow` holds, `wide` holds.
bool implies(const Condition& narrow, const Condition& wide, std::span<const ValueList> lists);
// There is no value for which both hold; for the same fact (and a single one: a named field may have several values).
bool excludes(const Condition& a, const Condition& b, std::span<const ValueList> lists);

enum class Truth : uint8_t { unknown, never, always };
Truth truth_of(const Condition& condition, std::span<const ValueList> lists);

}  // namespace navajo::rules
