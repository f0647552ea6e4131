#include "navajo/limits/validation_rule.h"

#include <charconv>
#include <optional>

#include "navajo/config/text.h"

namespace navajo::limits {
namespace {

// At colons without a backslash before them.
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> out(1);
  for (size_t i = 0; i < line.size(); i++) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      if (line[i + 1] != ':') out.back() += '\\';
      out.back() += line[++i];
    } else if (line[i] == ':') {
      out.emplace_back();
    } else {
      out.back() += line[i];
    }
  }
  return out;
}

std::optional<RuleAction> action_of(std::string_view word, bool may_drop) {
  for (const RuleAction action : {RuleAction::allow, RuleAction::deny, RuleAction::required, RuleAction::drop})
    if (word == name_of(action) && (action != RuleAction::drop || may_drop)) return action;
  return std::nullopt;
}

std::optional<int> status_of(std::string_view word) {
  int status = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), status);
  if (error != std::errc() || end != word.data() + word.size() || status < 400 || status > 599) return std::nullopt;
  return status;
}

class RuleReader {
 public:
  RuleReader(const config::Params& params, const char* param, const ValidationSyntax& syntax)
      : params_(params), param_(param), syntax_(syntax) {}

  std::optional<ValidationRule> read(const config::ParamLine& line) const {
    std::vector<std::string> fields = fields_of(line.text);
    std::string id = "line " + std::to_string(line.where.line);
    if (fields.size() > 2 && fields[0] == "RuleID") {
      id = fields[1];
      fields.erase(fields.begin(), fields.begin() + 2);
    }
    if (fields.size() < 3 || fields.size() > 5)
      return fault(line, "'" + config::printable(line.text) + "' is not name-regex:value-regex:action, with log mode "
                                                              "and status behind it");
    const std::optional<RuleAction> action = action_of(config::lower_case(fields[2]), syntax_.may_drop);
    if (!action)
      return fault(line, "'" + config::printable(fields[2]) + "' is not one of allow, deny, required" +
                             (syntax_.may_drop ? ", drop" : "") + "; a colon in an expression is written \\:");
    auto name = config::Pattern::parse(fields[0], {.options = {.ignore_case = syntax_.names_without_case}});
    if (!name.ok()) return fault(line, name.error().text);
    auto value = config::Pattern::parse(fields[1]);
    if (!value.ok()) return fault(line, value.error().text);
    bool logged = *action != RuleAction::allow;
    int status = syntax_.status;
    for (size_t i = 3; i < fields.size(); i++) {
      const std::string word = config::lower_case(fields[i]);
      const std::optional<int> number = status_of(word);
      if (word == "log" || word == "silent")
        logged = word == "log";
      else if (number)
        status = *number;
      else if (!word.empty())
        return fault(line, "'" + config::printable(fields[i]) + "' is not log, silent or a status from 400 to 599");
    }
    return ValidationRule{std::move(*name), std::move(*value), *action, logged, status, std::move(id)};
  }

 private:
  std::nullopt_t fault(const config::ParamLine& line, const std::string& text) const {
    params_.fault(line.where, std::string(param_) + ": " + text);
    return std::nullopt;
  }

  const config::Params& params_;
  const char* param_;
  const ValidationSyntax& syntax_;
};

}  // namespace

const char* name_of(RuleAction action) {
  switch (action) {
    case RuleAction::allow: return "allow";
    case RuleAction::deny: return "deny";
    case RuleAction::drop: return "drop";
    case RuleAction::required: return "required";
  }
  return "";
}

bool ValidationRule::matches(std::string_view of_name, std::string_view of_value) const {
  const bool in_doubt = action == RuleAction::deny || action == RuleAction::drop;
  const auto found = [in_doubt](config::SearchResult result) {
    return result == config::SearchResult::found || (result == config::SearchResult::gave_up && in_doubt);
  };
  return found(name.search(of_name)) && found(value.search(of_value));
}

std::vector<ValidationRule> parse_validation_rules(const config::Params& params, const char* param,
                                                   const std::vector<config::ParamLine>& lines,
                                                   const ValidationSyntax& syntax) {
  std::vector<ValidationRule> out;
  bool faulty = false;
  const RuleReader reader(params, param, syntax);
  for (const config::ParamLine& line : lines) {
    std::optional<ValidationRule> rule = reader.read(line);
    faulty = faulty || !rule;
    if (rule) out.push_back(std::move(*rule));
  }
  if (faulty) out.clear();
  return out;
}

}  // namespace navajo::limits
