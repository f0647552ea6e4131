// The lines of one parameter of the DelegationFilter: <source>:<parameter_name>:<delegation_name>[:encoding], a colon
// inside a part written \:. Made while the configuration is read.
#pragma once

#include <string>
#include <vector>

#include "navajo/config/params.h"
#include "navajo/container/conditional_lines.h"
#include "navajo/container/variable.h"
#include "navajo/filters/delegation/encoding.h"

namespace navajo::filters::delegation {

// Where values of a parameter go.
enum class Place : uint8_t { header, parameter, cookie, basic_auth, post };

struct Rule {
  container::Variable source;
  std::string name;  // of basic_auth "User" or "Password"
  Encoding encoding;
};

struct Rules {
  container::ConditionalLines lines;
  std::vector<Rule> rules;  // of lines.entries(), with the same indexes

  bool empty() const { return rules.empty(); }
};

// Faults go to params, each at its line.
Rules read_rules(const config::Params& params, const char* param, Place place);

}  // namespace navajo::filters::delegation
