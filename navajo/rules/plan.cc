#include "navajo/rules/plan.h"

#include <algorithm>
#include <utility>

namespace navajo::rules {
namespace {

int cost_of_test(const Condition& test) {
  int cost = 0;
  switch (test.matcher.kind) {
    case MatchKind::exists:
    case MatchKind::range:
    case MatchKind::exact: cost = 1; break;
    case MatchKind::network: cost = 2; break;
    case MatchKind::time: cost = 3; break;
    case MatchKind::glob: cost = 4; break;
    case MatchKind::list: cost = 5; break;
    case MatchKind::regex: cost = 30; break;
  }
  if (row_of(test.field).shape == Shape::named) cost += 4;
  if (test.field == Field::body || test.field == Field::response_body) cost += 100;
  return cost;
}

int cost(const Plan& plan) {
  if (plan.test) return cost_of_test(*plan.test);
  int sum = 0;
  for (const Plan& operand : plan.operands) sum += cost(operand);
  return sum;
}

Plan planned(const Condition& condition, bool negated) {
  const auto constant = [](bool value) { return Plan{.op = value ? Plan::Op::always : Plan::Op::never}; };
  switch (condition.op) {
    case Condition::Op::always: return constant(!negated);
    case Condition::Op::test: return {.op = Plan::Op::test, .negated = negated, .test = &condition};
    case Condition::Op::negation:
      return condition.operands.empty() ? constant(negated) : planned(condition.operands[0], !negated);
    case Condition::Op::all:
    case Condition::Op::any: break;
  }
  const bool all = (condition.op == Condition::Op::all) != negated;
  Plan out{.op = all ? Plan::Op::all : Plan::Op::any};
  // What decides it alone, and what does nothing to it.
  const Plan::Op deciding = all ? Plan::Op::never : Plan::Op::always;
  const Plan::Op neutral = all ? Plan::Op::always : Plan::Op::never;
  for (const Condition& operand : condition.operands) {
    Plan plan = planned(operand, negated);
    if (plan.op == deciding) return plan;
    if (plan.op == neutral) continue;
    if (plan.op == out.op)
      std::ranges::move(plan.operands, std::back_inserter(out.operands));
    else
      out.operands.push_back(std::move(plan));
  }
  if (out.operands.empty()) return constant(all);
  if (out.operands.size() == 1) return Plan(std::move(out.operands[0]));
  std::ranges::stable_sort(out.operands, {}, cost);
  return out;
}

}  // namespace

Plan make_plan(const Condition& condition) { return planned(condition, false); }

}  // namespace navajo::rules
