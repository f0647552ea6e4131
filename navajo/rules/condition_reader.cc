#include "navajo/rules/condition_reader.h"

#include "navajo/config/text.h"
#include "navajo/rules/expression.h"

namespace navajo::rules {
namespace {

std::optional<Condition> read_condition(const RulesElement& element, const Names& names);

std::optional<std::vector<Condition>> read_operands(const RulesElement& parent, const Names& names) {
  std::vector<Condition> out;
  bool complete = true;
  for_each_child(parent, [&](const RulesElement& child) {
    if (child.row().parent != kConditionGroup) return;
    std::optional<Condition> operand = read_condition(child, names);
    if (operand)
      out.push_back(std::move(*operand));
    else
      complete = false;
  });
  if (out.empty() && complete) parent.fault(parent.where(), "has no condition inside");
  if (out.empty() || !complete) return std::nullopt;
  return out;
}

std::optional<Condition> read_test(const RulesElement& element, const FieldRow& field, const Names& names) {
  Condition out;
  out.op = Condition::Op::test;
  out.field = field.field;
  out.where = element.where();
  if (field.shape == Shape::named) {
    if (!element.has("name")) return std::nullopt;  // told already
    auto name = make_name(field, element.text("name"));
    if (!name.ok()) {
      element.fault("name", name.error().text);
      return std::nullopt;
    }
    out.name = std::move(*name);
  }
  const bool has_case = field.kind == FieldKind::text && element.has("ignoreCase");
  const char* given = nullptr;
  for (const ComparingAttribute& attribute : comparing_attributes()) {
    if (!element.has(attribute.name)) continue;
    if (given) {
      element.fault(attribute.name, std::string("stands beside ") + given + ": one condition compares with one thing");
      return std::nullopt;
    }
    given = attribute.name;
    const bool ignore_case = has_case && element.boolean("ignoreCase");
    auto matcher = make_matcher(field, attribute.kind, element.raw(attribute.name), ignore_case, names);
    if (!matcher.ok()) {
      element.fault(attribute.name, matcher.error().text);
      return std::nullopt;
    }
    out.matcher = std::move(*matcher);
  }
  if (!given && field.kind == FieldKind::time) return std::nullopt;  // told already
  if (has_case && (!given || out.matcher.kind == MatchKind::list)) {
    element.fault("ignoreCase", "has no meaning without equals, glob or matches");
    return std::nullopt;
  }
  return out;
}

std::optional<Condition> read_condition(const RulesElement& element, const Names& names) {
  const std::string_view name = element.row().name;
  if (const FieldRow* field = find_field(name)) return read_test(element, *field, names);
  if (name == "always") {
    Condition out;
    out.where = element.where();
    return out;
  }
  if (name == "macro") {
    if (!element.has("name")) return std::nullopt;
    const std::string called = element.text("name");
    if (const auto found = names.macros->find(called); found != names.macros->end()) {
      found->second.used = true;
      Condition out = found->second.when;
      out.where = element.where();
      return out;
    }
    std::vector<std::string_view> known;
    for (const auto& [other, ignored] : *names.macros) known.push_back(other);
    element.fault("name", "there is no macro '" + config::printable(called) + "' before this" +
                              config::did_you_mean(called, known));
    return std::nullopt;
  }
  std::optional<std::vector<Condition>> operands = read_operands(element, names);
  if (!operands) return std::nullopt;
  Condition out = name == "any" ? any_of(std::move(*operands)) : all_of(std::move(*operands));
  return name == "not" ? not_of(std::move(out)) : out;
}

bool fits(const RulesElement& element, const config::Position& where, const Condition& condition) {
  if (depth_of(condition) > kMaxConditionDepth)
    element.fault(where, "the condition is nested deeper than " + std::to_string(kMaxConditionDepth));
  else if (size_of(condition) > kMaxConditionSize)
    element.fault(where, "the condition has more than " + std::to_string(kMaxConditionSize) +
                             " parts, with its macros");
  else
    return true;
  return false;
}

}  // namespace

std::optional<Condition> read_expression(const RulesElement& element, std::string_view attribute, const Names& names) {
  const std::string text = element.raw(attribute);
  const std::vector<config::TextPlace> places = element.places(attribute);
  const auto place = [&](size_t at) {
    const config::TextPlace there = places[std::min(at, places.size() - 1)];
    return config::Position{element.where().file, there.line, there.column};
  };
  base::Result<Condition, TextFault> parsed = parse_expression(text, names, place);
  if (parsed.ok()) return std::move(*parsed);
  element.fault(place(parsed.error().at), std::string(attribute) + " " + parsed.error().text);
  return std::nullopt;
}

std::optional<Condition> read_conditions(const RulesElement& parent, const Names& names) {
  std::optional<std::vector<Condition>> operands = read_operands(parent, names);
  if (!operands) return std::nullopt;
  Condition out = all_of(std::move(*operands));
  return fits(parent, parent.where(), out) ? std::optional<Condition>(std::move(out)) : std::nullopt;
}

}  // namespace navajo::rules
