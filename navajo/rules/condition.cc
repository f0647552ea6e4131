#include "navajo/rules/condition.h"

#include <algorithm>
#include <utility>

namespace navajo::rules {
namespace {

Condition combined(Condition::Op op, std::vector<Condition> operands) {
  if (operands.size() == 1) return std::move(operands.front());
  Condition out;
  out.op = op;
  out.where = operands.front().where;
  for (Condition& operand : operands) {
    if (operand.op != op) {
      out.operands.push_back(std::move(operand));
      continue;
    }
    for (Condition& inner : operand.operands) out.operands.push_back(std::move(inner));
  }
  return out;
}

}  // namespace

Condition all_of(std::vector<Condition> operands) { return combined(Condition::Op::all, std::move(operands)); }
Condition any_of(std::vector<Condition> operands) { return combined(Condition::Op::any, std::move(operands)); }

Condition not_of(Condition operand) {
  Condition out;
  out.op = Condition::Op::negation;
  out.where = operand.where;
  out.operands.push_back(std::move(operand));
  return out;
}

bool same(const Matcher& a, const Matcher& b) {
  return a.kind == b.kind && a.text == b.text && a.ignore_case == b.ignore_case && a.from == b.from && a.to == b.to &&
         a.list == b.list;
}

bool same(const Condition& a, const Condition& b) {
  if (a.op != b.op) return false;
  if (a.op == Condition::Op::test && (a.field != b.field || a.name != b.name || !same(a.matcher, b.matcher)))
    return false;
  return std::equal(a.operands.begin(), a.operands.end(), b.operands.begin(), b.operands.end(),
                    [](const Condition& x, const Condition& y) { return same(x, y); });
}

size_t depth_of(const Condition& condition) {
  size_t deepest = 0;
  for (const Condition& operand : condition.operands) deepest = std::max(deepest, depth_of(operand));
  return deepest + 1;
}

size_t size_of(const Condition& condition) {
  size_t out = 1;
  for (const Condition& operand : condition.operands) out += size_of(operand);
  return out;
}

}  // namespace navajo::rules
