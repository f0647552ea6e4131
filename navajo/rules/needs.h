// What a set of rules looks at, conditions and actions together, as bits of SetShm::needs. What Log actions want of
// bodies is not in it: they are satisfied with what passes by (Program::logged_body()).
#pragma once

#include <cstdint>

#include "navajo/rules/program.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules {

uint16_t need_bits(const RuleSet& set);
Needs needs_of(uint16_t bits);

}  // namespace navajo::rules
