// For tests: conditions and rule files in few words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "navajo/rules/program.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules::build {

inline Condition test(Field field, MatchKind kind, std::string text = {}, std::string name = {}) {
  Condition out;
  out.op = Condition::Op::test;
  out.field = field;
  out.name = std::move(name);
  out.matcher.kind = kind;
  out.matcher.text = std::move(text);
  return out;
}
inline Condition range(Field field, int64_t from, int64_t to) {
  Condition out = test(field, MatchKind::range);
  out.matcher.from = from;
  out.matcher.to = to;
  return out;
}
inline Condition in_list(Field field, uint32_t list, std::string name = {}) {
  Condition out = test(field, MatchKind::list, {}, std::move(name));
  out.matcher.list = list;
  return out;
}
inline Condition of(Condition::Op op, std::vector<Condition> operands) {
  Condition out;
  out.op = op;
  out.operands = std::move(operands);
  return out;
}
inline Condition all(std::vector<Condition> operands) { return of(Condition::Op::all, std::move(operands)); }
inline Condition any(std::vector<Condition> operands) { return of(Condition::Op::any, std::move(operands)); }
inline Condition negated(Condition operand) { return of(Condition::Op::negation, {std::move(operand)}); }
inline Condition method(std::string text) { return test(Field::method, MatchKind::exact, std::move(text)); }
inline Condition path(std::string glob) { return test(Field::path, MatchKind::glob, std::move(glob)); }

inline Rule rule(std::string id, Condition when, std::vector<Action> then = {}) {
  Rule out;
  out.id = std::move(id);
  out.when = std::move(when);
  out.then = std::move(then);
  out.where = {"/etc/rules.xml", 12, 3};
  return out;
}
inline RuleFile file(Evaluation evaluation, std::vector<Rule> rules) {
  RuleFile out;
  out.path = "/etc/rules.xml";
  RuleSet set;
  set.name = "default";
  set.evaluation = evaluation;
  set.rules = std::move(rules);
  out.sets.push_back(std::move(set));
  return out;
}

}  // namespace navajo::rules::build
