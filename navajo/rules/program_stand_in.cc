// Stands in for the compiler and the reader of rules until they are merged: weak, the real ones win. To be removed
// then.
#include "navajo/rules/program.h"

namespace navajo::rules {

struct Program::State {};

__attribute__((weak)) Program::~Program() = default;
__attribute__((weak)) base::Result<std::unique_ptr<Program>> Program::adopt(std::span<const std::byte>) {
  return base::Failed{base::Error{"there is no compiler of rules yet"}};
}
__attribute__((weak)) std::span<const ProgramSet> Program::sets() const { return {}; }
__attribute__((weak)) std::span<const ProgramRule> Program::rules() const { return {}; }
__attribute__((weak)) std::vector<std::byte> compile(const RuleFile&, config::Diagnostics&) { return {}; }
__attribute__((weak)) RuleFile read_rule_file(const std::string& path, config::Diagnostics& diagnostics) {
  diagnostics.fault({path, 0, 0}, observe::id::config_not_supported, "there is no reader of rules yet");
  return {};
}

}  // namespace navajo::rules
