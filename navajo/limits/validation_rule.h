// Rules on names and values, of HeaderValidationFilter and ParameterValidationFilter:
//
//   [RuleID:<id>:]<name-regex>:<value-regex>:<action>[:<logmode>][:<status>]
//
// A colon inside a field is written \:. Regular expressions are config::Patterns, found anywhere. A pattern that gives
// up decides for the refusal: deny and drop hold then, allow and required do not. Facts: nevisproxy-filters-ops.md 2.13
// and 2.14. Made in the parent; matches() is called by all threads and fibers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/params.h"
#include "navajo/config/pattern.h"

namespace navajo::limits {

enum class RuleAction : uint8_t { allow, deny, drop, required };
const char* name_of(RuleAction action);

struct ValidationRule {
  config::Pattern name, value;
  RuleAction action = RuleAction::allow;
  bool logged = true;
  int status = 403;
  std::string id;  // or "line 12" of the file

  bool matches(std::string_view of_name, std::string_view of_value) const;
};

struct ValidationSyntax {
  bool names_without_case = false;
  bool may_drop = false;
  int status = 403;  // where a rule has none
};

// None after a fault, which goes to params at the line.
std::vector<ValidationRule> parse_validation_rules(const config::Params& params, const char* param,
                                                   const std::vector<config::ParamLine>& lines,
                                                   const ValidationSyntax& syntax);

}  // namespace navajo::limits
