#include "navajo/rules/rule_compiler.h"

#include "navajo/rules/lint.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules {
namespace {

class XmlRuleCompiler final : public RuleCompiler {
 public:
  CompiledRules compile(const std::string& file, config::Diagnostics& diagnostics) const override {
    const size_t before = diagnostics.count();
    RuleFile read = read_rule_file(file, diagnostics);
    CompiledRules out;
    if (diagnostics.count() == before) out.image = rules::compile(read, diagnostics);
    if (diagnostics.count() == before)
      for (const Finding& finding : lint(read, kQuickLint))
        if (finding.severity == Severity::warning) out.warnings.push_back(finding.line());
    out.files = std::move(read.files);
    return out;
  }

  base::Result<AdoptedRules> adopt(std::span<const std::byte> image) const override {
    auto program = Program::adopt(image);
    if (!program.ok()) return base::Failed{program.error()};
    AdoptedRules out;
    out.program = std::move(*program);
    out.sets = out.program->sets().size();
    out.ids.reserve(out.program->rules().size());
    for (const ProgramRule& rule : out.program->rules()) out.ids.emplace_back(rule.id);
    return out;
  }
};

}  // namespace

const RuleCompiler& rule_compiler() {
  static const XmlRuleCompiler compiler;
  return compiler;
}

}  // namespace navajo::rules
