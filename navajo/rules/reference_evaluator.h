// For tests: what Program::evaluate() has to do, in the simplest way: the trees of the rule file are walked, rule after
// rule, nothing is looked up or remembered, and globs are tried in every way there is.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "navajo/config/pattern.h"
#include "navajo/config/text.h"
#include "navajo/rules/facts.h"
#include "navajo/rules/program.h"
#include "navajo/rules/rule_file.h"
#include "navajo/rules/time_window.h"

namespace navajo::rules {

class ReferenceEvaluator {
 public:
  explicit ReferenceEvaluator(const RuleFile& file) : file_(file) {}

  // `first`: the number of the set's first rule in the file.
  void evaluate(const RuleSet& set, uint32_t first, Facts& facts, base::FunctionRef<Next(const Fired&)> fired) {
    for (size_t i = 0; i < set.rules.size();) {
      const Rule& rule = set.rules[i];
      const int value = judge(rule.when, facts);
      const bool shadow = rule.shadow || set.shadow;
      size_t next = i + 1;
      if (value != 0 || rule.two_armed) {
        const Arm arm = value == 0 ? Arm::otherwise : Arm::then;
        if (fired({first + static_cast<uint32_t>(i), arm, value == kUnknown}) == Next::stop) return;
        if (value != kUnknown && !shadow) {
          const size_t skip = skip_of(arm == Arm::then ? rule.then : rule.otherwise, set);
          if (skip > 0)
            next = skip;
          else if (set.evaluation == Evaluation::first && !rule.go_on)
            return;
        }
      }
      i = next;
    }
  }

  static constexpr int kUnknown = 2;
  int judge(const Condition& condition, Facts& facts) {
    switch (condition.op) {
      case Condition::Op::always: return 1;
      case Condition::Op::test: return test(condition, facts);
      case Condition::Op::negation: {
        const int value = judge(condition.operands[0], facts);
        return value == kUnknown ? value : !value;
      }
      case Condition::Op::all:
      case Condition::Op::any: break;
    }
    const bool all = condition.op == Condition::Op::all;
    int out = all;
    for (const Condition& operand : condition.operands) {
      const int value = judge(operand, facts);
      if (value == !all) return value;
      if (value == kUnknown) out = value;
    }
    return out;
  }

 private:
  static size_t skip_of(const std::vector<Action>& actions, const RuleSet& set) {
    for (const Action& action : actions) {
      const Skip* const skip = std::get_if<Skip>(&action);
      if (!skip) continue;
      for (size_t i = 0; i < set.rules.size(); i++)
        if (set.rules[i].id == skip->to) return i;
      return set.rules.size();
    }
    return 0;
  }

  static bool same_text(std::string_view a, std::string_view b, bool ignore_case) {
    return ignore_case ? config::same_word(a, b) : a == b;
  }

  static bool plain_glob(std::string_view glob, std::string_view text, bool ignore_case) {
    if (glob.empty()) return text.empty();
    if (glob[0] == '*')
      return plain_glob(glob.substr(1), text, ignore_case) ||
             (!text.empty() && plain_glob(glob, text.substr(1), ignore_case));
    return !text.empty() && (glob[0] == '?' || same_text(glob.substr(0, 1), text.substr(0, 1), ignore_case)) &&
           plain_glob(glob.substr(1), text.substr(1), ignore_case);
  }

  int pattern(const std::string& text, config::RegexOptions options, std::string_view value) {
    const std::string key = text + (options.ignore_case ? "\1" : "\2") + (options.dot_all ? "\1" : "\2");
    auto known = patterns_.find(key);
    if (known == patterns_.end())
      known = patterns_.emplace(key, std::move(*config::Regex::compile(text, options))).first;
    const config::SearchResult result = known->second.search(value);
    return result == config::SearchResult::gave_up ? kUnknown : result == config::SearchResult::found;
  }

  int glob(const std::string& text, Field field, bool ignore_case, std::string_view value) {
    if (field != Field::path && field != Field::target) return plain_glob(text, value, ignore_case);
    return pattern(*config::glob_expression(text), {.dot_all = true, .ignore_case = ignore_case}, value);
  }

  int compare(const Condition& condition, std::string_view value) {
    const Matcher& matcher = condition.matcher;
    switch (matcher.kind) {
      case MatchKind::exists: return 1;
      case MatchKind::exact: return same_text(matcher.text, value, matcher.ignore_case);
      case MatchKind::glob: return glob(matcher.text, condition.field, matcher.ignore_case, value);
      case MatchKind::regex: return pattern(matcher.text, {.ignore_case = matcher.ignore_case}, value);
      case MatchKind::list: {
        const ValueList& list = file_.lists[matcher.list];
        const bool ignore_case = matcher.ignore_case || list.ignore_case;
        const bool path = condition.field == Field::path || condition.field == Field::target;
        for (const std::string& entry : list.entries) {
          const bool wild = entry.find_first_of(path ? "*?[\\" : "*?") != std::string::npos;
          if (wild ? glob(entry, condition.field, ignore_case, value) == 1 : same_text(entry, value, ignore_case))
            return 1;
        }
        return 0;
      }
      case MatchKind::network:
      case MatchKind::range:
      case MatchKind::time: break;
    }
    return 0;
  }

  static bool within(const AddressBytes& address, const std::string& text) {
    const auto network = config::Network::parse(text);
    for (int bit = 0; bit < network->bits(); bit++) {
      const auto byte = static_cast<size_t>(bit / 8);
      if (((address[byte] ^ network->bytes()[byte]) >> (7 - bit % 8) & 1) != 0) return false;
    }
    return true;
  }

  int test(const Condition& condition, Facts& facts) {
    const Matcher& matcher = condition.matcher;
    const FieldRow& row = row_of(condition.field);
    if (row.shape == Shape::named || condition.field == Field::role) {
      int out = 0;
      (void)facts.any(condition.field, condition.name, [&](std::string_view value) {
        const int one = compare(condition, value);
        if (one != 0 && out != 1) out = one;
        return false;
      });
      return out;
    }
    if (row.kind == FieldKind::time) return TimeWindow::parse(matcher.text)->contains(facts.wall_time());
    if (row.kind == FieldKind::number) {
      const auto value = facts.number(condition.field);
      return value && (matcher.kind == MatchKind::exists || (*value >= matcher.from && *value <= matcher.to));
    }
    const bool of_networks =
        matcher.kind == MatchKind::network ||
        (matcher.kind == MatchKind::list && file_.lists[matcher.list].kind == ValueList::Kind::network);
    if (of_networks) {
      const auto address = facts.address(condition.field);
      if (!address) return 0;
      if (matcher.kind == MatchKind::network) return within(*address, matcher.text);
      for (const std::string& entry : file_.lists[matcher.list].entries)
        if (within(*address, entry)) return 1;
      return 0;
    }
    const auto value = facts.text(condition.field);
    return value ? compare(condition, *value) : 0;
  }

  const RuleFile& file_;
  std::map<std::string, config::Regex> patterns_;
};

}  // namespace navajo::rules
