// Action elements of rules.xml. While rules are read; one thread.
#pragma once

#include <vector>

#include "navajo/rules/rules_element.h"

namespace navajo::rules {

// All actions directly inside a rule or an else, in their order. What cannot be done in that phase, and what would
// never be done, are faults, like all else that is wrong.
std::vector<Action> read_actions(const RulesElement& parent, Phase phase);

}  // namespace navajo::rules
