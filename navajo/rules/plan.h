// A condition as it is evaluated: negation stands at the tests only, what is constant is gone, and what costs little
// comes first. No test has an effect, so their order changes no result. Used while rules are compiled.
#pragma once

#include <cstdint>
#include <vector>

#include "navajo/rules/rule_file.h"

namespace navajo::rules {

struct Plan {
  enum class Op : uint8_t { always, never, all, any, test };
  Op op = Op::always;
  bool negated = false;             // of a test
  const Condition* test = nullptr;  // of the rule file
  std::vector<Plan> operands;       // at least two
};

Plan make_plan(const Condition& condition);

}  // namespace navajo::rules
