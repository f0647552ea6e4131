// How a rule store makes an image of a file and takes one in: the seam between the shared memory (shared_rule_store.h)
// and the language. Any thread, several at once. rule_compiler() is the real one; tests have others.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/config/diagnostics.h"
#include "navajo/config/file_text.h"
#include "navajo/rules/program.h"

namespace navajo::rules {

struct CompiledRules {
  std::vector<std::byte> image;  // meaningful only without a fault
  config::FileTexts files;       // all that was read, also after a fault
  std::vector<std::string> warnings;  // of lint, as far as that is quick; for the log
};

struct AdoptedRules {
  std::shared_ptr<const Program> program;  // looks into the image
  std::vector<std::string> ids;            // of its rules, in their order
  size_t sets = 0;
};

class RuleCompiler {
 public:
  virtual ~RuleCompiler() = default;
  virtual CompiledRules compile(const std::string& file, config::Diagnostics& diagnostics) const = 0;
  virtual base::Result<AdoptedRules> adopt(std::span<const std::byte> image) const = 0;
};

// Of rules.xml; lives for ever.
const RuleCompiler& rule_compiler();

}  // namespace navajo::rules
