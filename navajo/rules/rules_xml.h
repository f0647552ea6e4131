// Reading rules.xml (rule_file.h: read_rule_file). docs/reference/rules.md describes the file.
#pragma once

#include <string>
#include <string_view>

#include "navajo/rules/rule_file.h"

namespace navajo::rules {

// Of a text instead of a file, for tests; includes and files of lists are read from where `path` would be.
RuleFile parse_rule_file(const std::string& path, std::string_view text, config::Diagnostics& diagnostics);

}  // namespace navajo::rules
