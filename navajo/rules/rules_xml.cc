#include "navajo/rules/rules_xml.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <unordered_map>

#include "navajo/config/text.h"
#include "navajo/rules/action_reader.h"
#include "navajo/rules/condition_reader.h"
#include "navajo/rules/list_reader.h"

namespace navajo::rules {
namespace {

using config::printable;

constexpr size_t kLargestFile = 32 << 20, kMostFiles = 200, kLongestId = 100, kMostParts = 300000;

// Faults are judged by all that is read so far: files, then lists, macros, sets.
class RuleFileReader {
 public:
  RuleFileReader(std::string path, config::Diagnostics& diagnostics) : diagnostics_(diagnostics) {
    file_.path = std::move(path);
  }

  RuleFile read(std::string text) {
    add_document(file_.path, std::move(text));
    for (const RulesElement& item : items_)
      if (is(item, "list")) add_list(item);
    for (const RulesElement& item : items_)
      if (is(item, "macro")) add_macro(item);
    for (const RulesElement& item : items_) {
      if (is(item, "set")) add_set(item);
      if (is(item, "rule")) add_loose_rule(item);
    }
    for (const auto& [name, macro] : macros_) file_.macros.push_back({name, macro.used, macro.where});
    for (const RuleSet& set : file_.sets) check_skips(set);
    check_sizes();
    fold_lists(file_, diagnostics_);
    return std::move(file_);
  }

 private:
  static bool is(const RulesElement& item, std::string_view name) { return item.row().name == name; }
  Names names() const { return {file_.lists, &macros_}; }

  void fault(const config::Position& where, observe::LogId id, std::string text) {
    diagnostics_.fault(where, id, std::move(text));
  }

  // Elements of included files stand where the include stands.
  void add_document(const std::string& path, std::string text) {
    std::unique_ptr<RulesDocument> parsed = RulesDocument::parse(path, text, diagnostics_);
    file_.files.insert_or_assign(path, std::move(text));
    if (!parsed) return;
    documents_.push_back(std::move(parsed));
    const RulesDocument& document = *documents_.back();
    if (document.root().name != "rules")
      return fault(document.root().where, observe::id::config_unknown_element,
                   "the file starts with " + printable(document.root().name) + ", not with rules");
    const RulesElement root(document.root(), root_row(), document, diagnostics_);
    root.check_tree();
    for_each_child(root, [&](const RulesElement& child) {
      if (is(child, "include"))
        include(child);
      else
        items_.push_back(child);
    });
  }

  void include(const RulesElement& element) {
    if (!element.has("file")) return;
    const std::filesystem::path folder = std::filesystem::path(element.document().path()).parent_path();
    const std::string path = (folder / element.text("file")).lexically_normal().string();
    if (file_.files.contains(path))
      return element.fault("file", path + " is read already: a file cannot be included twice, or by itself");
    if (file_.files.size() >= kMostFiles)
      return element.fault("file", "is one more than " + std::to_string(kMostFiles) + " files");
    base::Result<std::string> text = config::read_file_text(path, kLargestFile);
    if (!text.ok()) return element.fault("file", path + " " + text.error().text);
    add_document(path, std::move(*text));
  }

  bool take_name(const RulesElement& element, std::set<std::string, std::less<>>& taken, std::string& out) {
    if (!element.has("name")) return false;
    out = element.text("name");
    if (out.empty() || config::has_control_character(out)) {
      element.fault("name", "is empty");
      return false;
    }
    if (taken.insert(out).second) return true;
    fault(element.where("name"), observe::id::config_duplicate,
          "a second " + element.xml().name + " with the name '" + printable(out) + "'");
    return false;
  }

  void add_list(const RulesElement& element) {
    std::string name;
    if (take_name(element, list_names_, name)) file_.lists.push_back(read_list(element, file_.files));
  }

  void add_macro(const RulesElement& element) {
    std::string name;
    if (!take_name(element, macro_names_, name)) return;
    std::optional<Condition> when = read_when(element, element);
    // Where it is wrong: what uses it is not blamed as well.
    macros_.emplace(name, Macro{when ? std::move(*when) : Condition(), element.where()});
  }

  // The attribute and the elements inside `structured`; none after a fault.
  std::optional<Condition> read_when(const RulesElement& element, const RulesElement& structured) {
    std::vector<Condition> out;
    bool complete = true;
    const auto take = [&](std::optional<Condition> condition) {
      if (condition)
        out.push_back(std::move(*condition));
      else
        complete = false;
    };
    if (element.has("when")) take(read_expression(element, "when", names()));
    const bool inside = &element != &structured || !structured.xml().children.empty();
    if (inside) take(read_conditions(structured, names()));
    if (!element.has("when") && !inside)
      element.fault(element.where(), "has no condition: when=\"...\", or when=\"always\" for every request");
    if (!complete || out.empty()) return std::nullopt;
    Condition both = all_of(std::move(out));
    if (depth_of(both) <= kMaxConditionDepth && size_of(both) <= kMaxConditionSize) return both;
    element.fault(element.where(), "the condition is too deep or has too many parts");
    return std::nullopt;
  }

  void add_set(const RulesElement& element) {
    RuleSet set;
    if (!take_name(element, set_names_, set.name)) return;
    set.phase = element.choice<Phase>("phase");
    set.evaluation = element.choice<Evaluation>("match");
    set.shadow = element.boolean("shadow");
    set.where = element.where();
    for_each_child(element, [&](const RulesElement& child) { add_rule(child, set); });
    file_.sets.push_back(std::move(set));
  }

  void add_loose_rule(const RulesElement& element) {
    if (!default_set_) {
      if (!set_names_.insert("default").second)
        return fault(element.where(), observe::id::config_duplicate,
                     "rules outside of a set are in a set named default, and there is one of that name");
      default_set_ = file_.sets.size();
      file_.sets.emplace_back();
      file_.sets.back().name = "default";
      file_.sets.back().where = element.where();
    }
    RuleSet& set = file_.sets[*default_set_];
    add_rule(element, set);
  }

  void add_rule(const RulesElement& element, RuleSet& set) {
    if (told_parts_) return;
    Rule rule;
    take_id(element, rule);
    rule.where = element.where();
    rule.shadow = set.shadow || element.boolean("shadow");
    rule.go_on = element.boolean("continue");
    if (element.has("continue") && set.evaluation == Evaluation::all)
      element.fault("continue", "has no meaning in a set of match=\"all\"");
    std::optional<Condition> when = read_rule_condition(element);
    if (when) {
      if (set.phase == Phase::request) check_known(*when, element);
      parts_ += size_of(*when);
      if (parts_ > kMostParts) return too_many_parts(element);
      rule.when = std::move(*when);
    }
    rule.then = read_actions(element, set.phase);
    for_each_child(element, [&](const RulesElement& child) {
      if (!is(child, "else")) return;
      rule.two_armed = true;
      rule.otherwise = read_actions(child, set.phase);
    });
    set.rules.push_back(std::move(rule));
  }

  // Macros are written out: a short file could ask for any amount of memory.
  void too_many_parts(const RulesElement& element) {
    if (!told_parts_)
      element.fault(element.where(), "with it the conditions of all rules have more than " +
                                         std::to_string(kMostParts) + " parts, with their macros");
    told_parts_ = true;
  }

  std::optional<Condition> read_rule_condition(const RulesElement& element) {
    std::optional<Condition> out;
    bool structured = false;
    for_each_child(element, [&](const RulesElement& child) {
      if (!is(child, "when") || structured) return;
      structured = true;
      out = read_when(element, child);
    });
    return structured ? std::move(out) : read_when_attribute(element);
  }

  std::optional<Condition> read_when_attribute(const RulesElement& element) {
    if (element.has("when")) return read_expression(element, "when", names());
    element.fault(element.where(), "has no condition: when=\"...\", or when=\"always\" for every request");
    return std::nullopt;
  }

  void take_id(const RulesElement& element, Rule& rule) {
    if (!element.has("id")) return;
    rule.id = element.text("id");
    const bool good = !rule.id.empty() && rule.id.size() <= kLongestId &&
                      std::all_of(rule.id.begin(), rule.id.end(), [](char c) {
                        return isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == ':' || c == '-';
                      });
    if (!good)
      return element.fault("id", "'" + printable(rule.id) + "' is not made of 1 to " + std::to_string(kLongestId) +
                                     " letters, digits and ._:-");
    const auto [other, first] = ids_.emplace(rule.id, element.where());
    if (!first)
      fault(element.where("id"), observe::id::config_duplicate,
            "a second rule '" + rule.id + "'; the first is in " + other->second.file + ":" +
                std::to_string(other->second.line));
  }

  void check_known(const Condition& condition, const RulesElement& element) {
    for (const Condition& operand : condition.operands) check_known(operand, element);
    if (condition.op == Condition::Op::test && row_of(condition.field).from >= From::response)
      element.fault(condition.where, std::string(row_of(condition.field).word) +
                                         " is a fact of the response: it is not known in a set of phase=\"request\"");
  }

  void check_skips(const RuleSet& set) {
    std::unordered_map<std::string_view, size_t> index;
    for (size_t i = 0; i < set.rules.size(); i++) index.emplace(set.rules[i].id, i);
    for (size_t i = 0; i < set.rules.size(); i++) {
      const Rule& rule = set.rules[i];
      for (const std::vector<Action>* arm : {&rule.then, &rule.otherwise})
        for (const Action& action : *arm) {
          const Skip* const skip = std::get_if<Skip>(&action);
          if (!skip) continue;
          if (set.evaluation == Evaluation::first && !rule.go_on)
            fault(rule.where, observe::id::config_bad_value,
                  "rule '" + rule.id + "': skip has no meaning where the set ends with this rule: continue=\"true\"");
          if (skip->to.empty()) continue;
          const auto target = index.find(skip->to);
          if (target == index.end())
            fault(rule.where, observe::id::config_dangling_name,
                  "rule '" + rule.id + "': skip to '" + printable(skip->to) + "', but the set '" + set.name +
                      "' has no such rule");
          else if (target->second <= i)
            fault(rule.where, observe::id::config_dangling_name,
                  "rule '" + rule.id + "': skip to '" + skip->to + "', which is no later rule");
        }
    }
  }

  void check_sizes() {
    const auto check = [&](size_t count, size_t most, const char* what) {
      if (count > most)
        fault({file_.path, 0, 0}, observe::id::config_bad_value,
              "there are " + std::to_string(count) + " " + what + ", more than " + std::to_string(most));
    };
    size_t rules = 0, entries = 0;
    for (const RuleSet& set : file_.sets) rules += set.rules.size();
    for (const ValueList& list : file_.lists) entries += list.entries.size();
    check(rules, kMaxRules, "rules");
    check(file_.sets.size(), kMaxSets, "sets");
    check(entries, kMaxListEntries, "entries of lists");
  }

  config::Diagnostics& diagnostics_;
  RuleFile file_;
  std::vector<std::unique_ptr<RulesDocument>> documents_;
  std::vector<RulesElement> items_;
  std::map<std::string, Macro, std::less<>> macros_;
  std::set<std::string, std::less<>> list_names_, macro_names_, set_names_;
  std::unordered_map<std::string, config::Position> ids_;
  std::optional<size_t> default_set_;
  size_t parts_ = 0;
  bool told_parts_ = false;
};

}  // namespace

RuleFile parse_rule_file(const std::string& path, std::string_view text, config::Diagnostics& diagnostics) {
  return RuleFileReader(path, diagnostics).read(std::string(text));
}

RuleFile read_rule_file(const std::string& path, config::Diagnostics& diagnostics) {
  base::Result<std::string> text = config::read_file_text(path, kLargestFile);
  if (text.ok()) return RuleFileReader(path, diagnostics).read(std::move(*text));
  diagnostics.fault({path, 0, 0}, observe::id::config_unreadable, text.error().text);
  RuleFile out;
  out.path = path;
  return out;
}

}  // namespace navajo::rules
