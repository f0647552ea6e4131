// Conditions of rules.xml: the attribute `when` as an expression, and elements. Faults go to the element's
// diagnostics; then the condition has no meaning. While rules are read; one thread.
#pragma once

#include <optional>

#include "navajo/rules/condition.h"
#include "navajo/rules/rules_element.h"

namespace navajo::rules {

// Of an attribute with an expression; none after a fault.
std::optional<Condition> read_expression(const RulesElement& element, std::string_view attribute, const Names& names);
// All conditions inside an element hold; none after a fault, or when there are none (which is a fault).
std::optional<Condition> read_conditions(const RulesElement& parent, const Names& names);

}  // namespace navajo::rules
