#include "navajo/rules/lint.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "navajo/config/text.h"
#include "navajo/rules/condition.h"
#include "navajo/rules/expression.h"
#include "navajo/rules/fact_text.h"
#include "navajo/rules/implication.h"
#include "navajo/rules/pattern_cost.h"

namespace navajo::rules {
namespace {

constexpr size_t kLargest = 200;  // parts of a condition that is compared

class Linter {
 public:
  Linter(const RuleFile& file, const LintEffort& effort) : file_(file), effort_(effort) {}

  std::vector<Finding> run() {
    for (const RuleSet& set : file_.sets) {
      for (const Rule& rule : set.rules) look_at(rule);
      compare(set);
    }
    unused();
    std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
      return a.where.file == b.where.file && a.where.line < b.where.line;
    });
    return std::move(findings_);
  }

 private:
  void add(const char* kind, const config::Position& where, std::string text) {
    for (const LintKind& row : lint_kinds())
      if (std::string_view(row.kind) == kind) findings_.push_back({row.severity, where, kind, std::move(text)});
  }
  static std::string name(const Rule& rule) { return "rule '" + rule.id + "'"; }
  static std::string other(const Rule& rule) {
    return name(rule) + " (line " + std::to_string(rule.where.line) + ")";
  }

  void look_at(const Rule& rule) {
    if (rule.when.op != Condition::Op::always && size_of(rule.when) <= kLargest) {
      const Truth truth = truth_of(rule.when, file_.lists);
      if (truth == Truth::never) add("never", rule.where, name(rule) + ": its condition can never hold");
      if (truth == Truth::always)
        add("constant", rule.where, name(rule) + ": its condition always holds: when=\"always\" says so");
    }
    look_at(rule.when, rule);
    for (const std::vector<Action>* arm : {&rule.then, &rule.otherwise})
      for (const Action& action : *arm) look_at(action, rule);
  }

  void look_at(const Condition& condition, const Rule& rule) {
    for (const Condition& operand : condition.operands) look_at(operand, rule);
    if (condition.op == Condition::Op::test && condition.matcher.kind == MatchKind::regex)
      look_at(condition.matcher, condition, rule);
  }

  void look_at(const Matcher& matcher, const Condition& condition, const Rule& rule) {
    look_at_pattern(matcher.text, {.ignore_case = matcher.ignore_case}, condition.where, rule);
    if (matcher.ignore_case) return;
    const bool path = condition.field == Field::path || condition.field == Field::target;
    const bool body = condition.field == Field::body || condition.field == Field::response_body;
    if (body) return;
    if (const auto plain = plain_form(matcher.text, path))
      add("plain-pattern", condition.where,
          name(rule) + ": the regular expression '" + config::printable(matcher.text) + "' says no more than " +
              *plain + ", which is faster and easier to read");
  }

  void look_at_pattern(const std::string& pattern, config::RegexOptions options, const config::Position& where,
                       const Rule& rule) {
    if (!effort_.measure_patterns) return;
    const auto [slow, first] = patterns_.emplace(pattern + (options.ignore_case ? "i" : "c"), std::nullopt);
    if (first) slow->second = slow_on(pattern, options);
    if (slow->second)
      add("slow-pattern", where,
          name(rule) + ": the regular expression '" + config::printable(pattern) +
              "' can take very long: it gave up, or nearly did, on many times '" + config::printable(*slow->second) +
              "'; a request that makes a rule give up is refused");
  }

  void look_at(const Action& action, const Rule& rule) {
    if (const Capture* capture = std::get_if<Capture>(&action); capture && !capture->pattern.empty())
      look_at_pattern(capture->pattern, {}, rule.where, rule);
    if (const Rate* rate = std::get_if<Rate>(&action); rate && !rate->address_limit && is_evadable(rate->key))
      add("evadable-limit", rule.where,
          name(rule) + ": the client chooses all of the key " + key_text(rate->key) +
              ", and gets a new limit with every new value: addressLimit, or client in the key, is a guard");
    if (const Credit* credit = std::get_if<Credit>(&action); credit && is_evadable(credit->key))
      add("evadable-limit", rule.where,
          name(rule) + ": the client chooses all of the key " + key_text(credit->key) +
              ", and gets a new credit with every new value");
  }

  static bool is_evadable(const std::vector<KeyPart>& key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](const KeyPart& part) {
      switch (part.field) {
        case Field::header:
        case Field::cookie:
        case Field::parameter:
        case Field::path:
        case Field::query:
        case Field::target:
        case Field::method:
        case Field::host:
        case Field::protocol: return true;
        default: return false;
      }
    }) && std::any_of(key.begin(), key.end(), [](const KeyPart& part) {
      return part.field == Field::header || part.field == Field::cookie || part.field == Field::parameter;
    });
  }

  static bool ends(const RuleSet& set, const Rule& rule, const std::vector<Action>& arm) {
    if (rule.shadow) return false;
    if (!arm.empty() && is_final(arm.back())) return true;
    return set.evaluation == Evaluation::first && !rule.go_on;
  }

  static bool looks_at_tags(const Condition& condition) {
    if (condition.op == Condition::Op::test && (condition.field == Field::tag || condition.field == Field::capture))
      return true;
    return std::any_of(condition.operands.begin(), condition.operands.end(), looks_at_tags);
  }

  // Whether `earlier` may be left out by a skip although `later` is looked at.
  bool may_be_skipped(const RuleSet& set, size_t earlier, size_t later) const {
    for (size_t from = 0; from < earlier; from++)
      for (const std::vector<Action>* arm : {&set.rules[from].then, &set.rules[from].otherwise})
        for (const Action& action : *arm) {
          const Skip* const skip = std::get_if<Skip>(&action);
          if (!skip || skip->to.empty()) continue;
          for (size_t to = earlier + 1; to <= later; to++)
            if (set.rules[to].id == skip->to) return true;
        }
    return false;
  }

  void compare(const RuleSet& set) {
    const bool skips = std::any_of(set.rules.begin(), set.rules.end(), has_skip);
    size_t pairs = 0;
    const Rule* end = nullptr;  // after which nothing is looked at
    size_t end_at = 0;
    for (size_t i = 0; i < set.rules.size(); i++) {
      const Rule& rule = set.rules[i];
      if (end && !(skips && may_be_skipped(set, end_at, i))) {
        add("unreachable", rule.where,
            name(rule) + " is never looked at: " + other(*end) + " ends the set for every request");
        continue;
      }
      if (size_of(rule.when) <= kLargest && rule.when.op != Condition::Op::always)
        for (size_t j = 0; j < i && pairs < effort_.pairs; j++, pairs++)
          if (compare(set, i, j, skips)) break;
      const bool always = rule.when.op == Condition::Op::always;
      if (!end && ends(set, rule, rule.then) && (always || (rule.two_armed && ends(set, rule, rule.otherwise)))) {
        end = &rule;
        end_at = i;
      }
    }
    if (pairs >= effort_.pairs)
      add("not-compared", set.where,
          "set '" + set.name + "': it has so many rules that not all were compared with each other");
  }

  static bool has_skip(const Rule& rule) {
    const auto is_skip = [](const Action& action) { return std::holds_alternative<Skip>(action); };
    return std::any_of(rule.then.begin(), rule.then.end(), is_skip) ||
           std::any_of(rule.otherwise.begin(), rule.otherwise.end(), is_skip);
  }

  // True: there was something to say of rule i.
  bool compare(const RuleSet& set, size_t i, size_t j, bool skips) {
    const Rule &rule = set.rules[i], &earlier = set.rules[j];
    if (size_of(earlier.when) > kLargest) return false;
    // What a tag is may have changed in between; and an else acts where the condition does not hold.
    if (looks_at_tags(earlier.when) || rule.two_armed) return false;
    const bool equal = same(rule.when, earlier.when);
    const bool silences = ends(set, earlier, earlier.then) && !(skips && may_be_skipped(set, j, i));
    if (!silences) {
      if (equal && rule.shadow == earlier.shadow && rule.go_on == earlier.go_on && !skips)
        add("same-condition", rule.where, name(rule) + " has the same condition as " + other(earlier));
      return equal;
    }
    if (equal) {
      add("duplicate", rule.where, name(rule) + " has the same condition as " + other(earlier) +
                                       ", which ends the set: it never acts");
      return true;
    }
    if (!implies(rule.when, earlier.when, file_.lists)) return false;
    add("shadowed", rule.where,
        name(rule) + " never acts: whenever its condition holds, that of " + other(earlier) +
            " does, which ends the set: " + config::printable(to_expression(earlier.when, file_.lists)));
    return true;
  }

  void collect(const Condition& condition, std::set<uint32_t>& lists) {
    for (const Condition& operand : condition.operands) collect(operand, lists);
    if (condition.op == Condition::Op::test && condition.matcher.kind == MatchKind::list)
      lists.insert(condition.matcher.list);
  }

  void unused() {
    std::set<uint32_t> used;
    for (const RuleSet& set : file_.sets)
      for (const Rule& rule : set.rules) collect(rule.when, used);
    for (uint32_t i = 0; i < file_.lists.size(); i++)
      if (!used.contains(i))
        add("unused", file_.lists[i].where, "the list '" + file_.lists[i].name + "' is compared with nothing");
    for (const MacroUse& macro : file_.macros)
      if (!macro.used) add("unused", macro.where, "the macro '" + macro.name + "' is used nowhere");
  }

  const RuleFile& file_;
  const LintEffort effort_;
  std::vector<Finding> findings_;
  std::unordered_map<std::string, std::optional<std::string>> patterns_;
};

}  // namespace

const std::vector<LintKind>& lint_kinds() {
  static const std::vector<LintKind> kinds = {
      {"unreachable", Severity::warning, "A rule before it ends the set for every request."},
      {"duplicate", Severity::warning, "A rule before it has the same condition and ends the set."},
      {"shadowed", Severity::warning,
       "Whenever its condition holds, that of a rule before it does, which ends the set."},
      {"same-condition", Severity::hint, "Two rules with the same condition; both act."},
      {"never", Severity::warning, "The condition contradicts itself."},
      {"constant", Severity::warning, "The condition holds for every request."},
      {"slow-pattern", Severity::warning, "A regular expression that takes very long on texts made for it."},
      {"plain-pattern", Severity::hint, "A regular expression that is only a text or a glob."},
      {"evadable-limit", Severity::hint, "A limit for a key that is all the client's to choose."},
      {"unused", Severity::hint, "A list or macro nothing uses."},
      {"not-compared", Severity::hint, "The set is too large to compare all rules with each other."},
  };
  return kinds;
}

std::string lint_as_markdown() {
  std::string out = "| finding | severity | meaning |\n|---|---|---|\n";
  for (const LintKind& kind : lint_kinds())
    out += std::string("| `") + kind.kind + "` | " + (kind.severity == Severity::warning ? "warning" : "hint") + " | " +
           kind.meaning + " |\n";
  return out;
}

std::string Finding::line() const {
  std::string out = where.file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
  return out + (severity == Severity::warning ? ": warning: " : ": hint: ") + text + " [" + kind + "]";
}

std::vector<Finding> lint(const RuleFile& file, const LintEffort& effort) { return Linter(file, effort).run(); }

}  // namespace navajo::rules
