// compile(): from a RuleFile to an image.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "navajo/base/random.h"
#include "navajo/config/pattern.h"
#include "navajo/config/text.h"
#include "navajo/rules/action_image.h"
#include "navajo/rules/anchors.h"
#include "navajo/rules/glob.h"
#include "navajo/rules/image_writer.h"
#include "navajo/rules/index_writer.h"
#include "navajo/rules/list_image.h"
#include "navajo/rules/needs.h"
#include "navajo/rules/plan.h"
#include "navajo/rules/program.h"
#include "navajo/rules/time_window.h"

namespace navajo::rules {
namespace {

bool is_deeper_than(const Condition& condition, size_t levels) {
  if (levels == 0) return true;
  return std::ranges::any_of(condition.operands,
                             [&](const Condition& operand) { return is_deeper_than(operand, levels - 1); });
}

class Compiler {
 public:
  Compiler(const RuleFile& file, config::Diagnostics& diagnostics, uint64_t seed)
      : file_(file), diagnostics_(diagnostics), image_(seed) {}

  std::vector<std::byte> compile() {
    size_t rules = 0;
    for (const RuleSet& set : file_.sets) rules += set.rules.size();
    const config::Position whole{file_.path, 0, 0};
    if (rules > kMaxRules) fault(whole, "more than " + std::to_string(kMaxRules) + " rules");
    if (file_.sets.size() > kMaxSets) fault(whole, "more than " + std::to_string(kMaxSets) + " sets");
    if (!good_) return {};
    for (const RuleSet& set : file_.sets) add_set(set);
    return good_ ? image_.finish() : std::vector<std::byte>();
  }

 private:
  void fault(const config::Position& where, std::string text) {
    diagnostics_.fault(where, observe::id::rules_refused, std::move(text));
    good_ = false;
  }

  void add_set(const RuleSet& set) {
    SetShm out{};
    out.name = image_.text(set.name);
    out.phase = static_cast<uint8_t>(set.phase);
    out.evaluation = static_cast<uint8_t>(set.evaluation);
    out.needs = need_bits(set);
    out.first = image_.size<RuleShm>();
    out.count = static_cast<uint32_t>(set.rules.size());
    IndexWriter index(image_, out.count);
    for (size_t i = 0; i < set.rules.size(); i++) {
      const Rule& rule = set.rules[i];
      if (is_deeper_than(rule.when, kMaxConditionDepth)) {
        fault(rule.where, "rule '" + config::printable(rule.id) + "': its condition is nested more than " +
                              std::to_string(kMaxConditionDepth) + " levels deep");
        continue;
      }
      const Plan plan = make_plan(rule.when);
      // The other arm of a two-armed rule is done where the condition does not hold: it is always looked at.
      index.add(rule.two_armed ? std::nullopt : find_anchor(plan, file_));
      add_rule(rule, plan, set, i);
    }
    index.write(out);
    image_.all<SetShm>().push_back(out);
  }

  void add_rule(const Rule& rule, const Plan& plan, const RuleSet& set, size_t number) {
    RuleShm out{};
    out.id = image_.text(rule.id);
    const size_t slash = rule.where.file.rfind('/');
    out.place = image_.text(rule.where.file.substr(slash == std::string::npos ? 0 : slash + 1) + ":" +
                            std::to_string(rule.where.line));
    out.node = image_.size<NodeShm>();
    const bool shadow = rule.shadow || set.shadow;
    out.flags = static_cast<uint8_t>((rule.two_armed ? RuleShm::two_armed : 0) | (rule.go_on ? RuleShm::go_on : 0) |
                                     (shadow ? RuleShm::shadow : 0));
    out.then = image_.text(write_actions(rule.then));
    out.otherwise = image_.text(write_actions(rule.otherwise));
    // What a shadow rule would do is not done.
    const uint32_t then_skip = skip_of(rule, rule.then, set, number);
    const uint32_t else_skip = skip_of(rule, rule.otherwise, set, number);
    out.then_skip = shadow ? 0 : then_skip;
    out.else_skip = shadow ? 0 : else_skip;
    add_nodes(plan);
    image_.all<RuleShm>().push_back(out);
  }

  // The rule that is next after a Skip: its number in the set.
  uint32_t skip_of(const Rule& rule, const std::vector<Action>& actions, const RuleSet& set, size_t number) {
    for (const Action& action : actions) {
      const Skip* const skip = std::get_if<Skip>(&action);
      if (!skip) continue;
      if (skip->to.empty()) return static_cast<uint32_t>(set.rules.size());
      for (size_t i = number + 1; i < set.rules.size(); i++)
        if (set.rules[i].id == skip->to) return static_cast<uint32_t>(i);
      fault(rule.where, "rule '" + config::printable(rule.id) + "' skips to '" + config::printable(skip->to) +
                            "', which is no later rule of its set");
    }
    return 0;
  }

  void add_nodes(const Plan& plan) {
    const uint32_t at = image_.size<NodeShm>();
    image_.all<NodeShm>().push_back({});
    NodeShm node{};
    switch (plan.op) {
      case Plan::Op::always: node.op = NodeShm::always; break;
      case Plan::Op::never: node.op = NodeShm::never; break;
      case Plan::Op::test: node = test(*plan.test, plan.negated); break;
      case Plan::Op::all:
      case Plan::Op::any:
        node.op = plan.op == Plan::Op::all ? NodeShm::all : NodeShm::any;
        for (const Plan& operand : plan.operands) add_nodes(operand);
        break;
    }
    node.end = image_.size<NodeShm>();
    image_.all<NodeShm>()[at] = node;
  }

  NodeShm test(const Condition& test, bool negated) {
    const Matcher& matcher = test.matcher;
    NodeShm out{};
    out.op = NodeShm::test;
    out.field = static_cast<uint8_t>(test.field);
    out.kind = static_cast<uint8_t>(matcher.kind);
    if (negated) out.flags |= NodeShm::negated;
    if (matcher.ignore_case) out.flags |= NodeShm::ignore_case;
    out.name = image_.text(test.name);
    if (!fits(test)) {
      fault(test.where, std::string("'") + row_of(test.field).word + "' cannot be compared in this way");
      return out;
    }
    const GlobKind globs = test.field == Field::path || test.field == Field::target ? GlobKind::path : GlobKind::plain;
    switch (matcher.kind) {
      case MatchKind::exists: break;
      case MatchKind::exact: out.text = image_.text(matcher.text); break;
      case MatchKind::range:
        out.from = matcher.from;
        out.to = matcher.to;
        break;
      case MatchKind::glob: glob(test, globs, out); break;
      case MatchKind::regex: out.number = pattern(test, matcher.text, 0); break;
      case MatchKind::network: network(test, out); break;
      case MatchKind::time: out.number = window(test); break;
      case MatchKind::list: out.number = list(test, globs); break;
    }
    return out;
  }

  bool fits(const Condition& test) const {
    const FieldKind kind = row_of(test.field).kind;
    const bool is_text = kind == FieldKind::text || kind == FieldKind::address;
    switch (test.matcher.kind) {
      case MatchKind::exists: return kind != FieldKind::time;
      case MatchKind::exact:
      case MatchKind::glob:
      case MatchKind::regex: return is_text;
      case MatchKind::network: return kind == FieldKind::address;
      case MatchKind::range: return kind == FieldKind::number;
      case MatchKind::time: return kind == FieldKind::time;
      case MatchKind::list:
        return test.matcher.list < file_.lists.size() &&
               (file_.lists[test.matcher.list].kind == ValueList::Kind::network ? kind == FieldKind::address : is_text);
    }
    return false;
  }

  void glob(const Condition& test, GlobKind kind, NodeShm& out) {
    const auto tokens = glob_tokens(test.matcher.text, kind, test.matcher.ignore_case);
    if (tokens) {
      out.text = image_.text(*tokens);
      return;
    }
    const base::Result<std::string> expression = config::glob_expression(test.matcher.text);
    if (!expression.ok()) return fault(test.where, expression.error().text);
    out.kind = static_cast<uint8_t>(MatchKind::regex);
    out.number = pattern(test, *expression, PatternShm::dot_all);
  }

  uint32_t pattern(const Condition& test, const std::string& expression, uint32_t flags) {
    if (test.matcher.ignore_case) flags |= PatternShm::ignore_case;
    const auto [known, fresh] = patterns_.try_emplace({expression, flags}, image_.size<PatternShm>());
    if (!fresh) return known->second;
    const base::Status<> checked = config::Regex::check(
        expression,
        {.dot_all = (flags & PatternShm::dot_all) != 0, .ignore_case = (flags & PatternShm::ignore_case) != 0});
    if (!checked.ok()) fault(test.where, "'" + config::printable(expression) + "': " + checked.error().text);
    image_.all<PatternShm>().push_back({image_.text(expression), flags});
    return known->second;
  }

  void network(const Condition& test, NodeShm& out) {
    const base::Result<config::Network> network = config::Network::parse(config::trim(test.matcher.text));
    if (!network.ok()) return fault(test.where, network.error().text);
    out.text = image_.text({reinterpret_cast<const char*>(network->bytes().data()), network->bytes().size()});
    out.number = static_cast<uint32_t>(network->bits());
  }

  uint32_t window(const Condition& test) {
    const auto [known, fresh] = windows_.try_emplace(test.matcher.text, image_.size<TextShm>());
    if (!fresh) return known->second;
    const base::Result<TimeWindow> window = TimeWindow::parse(test.matcher.text);
    if (!window.ok()) fault(test.where, window.error().text);
    image_.all<TextShm>().push_back(image_.text(test.matcher.text));
    return known->second;
  }

  uint32_t list(const Condition& test, GlobKind globs) {
    const ValueList& list = file_.lists[test.matcher.list];
    const bool ignore_case = test.matcher.ignore_case || list.ignore_case;
    const auto [known, fresh] = lists_.try_emplace({test.matcher.list, globs, ignore_case}, image_.size<ListShm>());
    if (!fresh) return known->second;
    const base::Result<ListShm> written = write_list(list, globs, ignore_case, image_);
    if (!written.ok()) fault(list.where, "list '" + config::printable(list.name) + "': " + written.error().text);
    image_.all<ListShm>().push_back(written.ok() ? *written : ListShm{});
    return known->second;
  }

  const RuleFile& file_;
  config::Diagnostics& diagnostics_;
  ImageWriter image_;
  bool good_ = true;
  std::map<std::pair<std::string, uint32_t>, uint32_t> patterns_;
  std::map<std::string, uint32_t> windows_;
  std::map<std::tuple<uint32_t, GlobKind, bool>, uint32_t> lists_;
};

}  // namespace

std::vector<std::byte> compile(const RuleFile& file, config::Diagnostics& diagnostics) {
  uint64_t seed = 0;
  // Without the kernel's random bytes the tables are as good as ever, only nobody is surprised by their order.
  (void)base::random_bytes(&seed, sizeof seed);
  return Compiler(file, diagnostics, seed).compile();
}

}  // namespace navajo::rules
