// `navajo rules check`, `lint` and `test`: rules are read and tried here, in this process; nothing that runs is asked.
#include <cstdio>
#include <string>
#include <vector>

#include "navajo/base/function_ref.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/launch.h"
#include "navajo/rules/lint.h"
#include "navajo/rules/program.h"
#include "navajo/rules/sample_run.h"

namespace navajo::cli {
namespace {

const char* plural(size_t count) { return count == 1 ? "" : "s"; }

// The files asked for: operands, or those of navajo.xml. An exit code when there are none.
int find_files(const Arguments& arguments, std::vector<std::string> given, std::vector<std::string>& files) {
  if (!given.empty() && arguments.has("--config")) {
    fputs("navajo: either a file of rules or --config\n", stderr);
    return kUsage;
  }
  for (const std::string& file : given) files.push_back(absolute_path(file));
  if (!files.empty()) return kOk;
  if (!arguments.has("--config")) {
    fprintf(stderr, "navajo: '%s' needs a file of rules, or --config FILE for those of a navajo.xml\n",
            arguments.command->name);
    return kUsage;
  }
  const Configuration configuration = load_configuration(arguments.value("--config"), Depth::navajo_xml);
  if (!configuration.ok()) return kFaults;
  for (const config::RulesElement& element : configuration.navajo.service.rules) files.push_back(*element.file);
  return files.empty() ? complain(configuration.path + " has no Rules element") : kOk;
}

// Reads and compiles, which finds what only the compiler knows. Faults are printed; an empty image then.
std::vector<std::byte> compiled(const std::string& path, rules::RuleFile& file) {
  config::Diagnostics diagnostics;
  file = rules::read_rule_file(path, diagnostics);
  std::vector<std::byte> image;
  if (diagnostics.ok()) image = rules::compile(file, diagnostics);
  for (const config::Fault& fault : diagnostics.faults()) fprintf(stderr, "%s\n", fault.line().c_str());
  if (diagnostics.ok() && !image.empty()) return image;
  fprintf(stderr, "%zu fault%s\n", diagnostics.faults().size(), plural(diagnostics.faults().size()));
  return {};
}

// judge(path, file): of each that has no faults, whether all is well with it.
int for_each_file(const Arguments& arguments,
                  base::FunctionRef<bool(const std::string& path, const rules::RuleFile& file)> judge) {
  std::vector<std::string> files;
  if (const int code = find_files(arguments, arguments.operands, files); code != kOk) return code;
  int code = kOk;
  for (const std::string& path : files) {
    rules::RuleFile file;
    if (compiled(path, file).empty() || !judge(path, file)) code = kFaults;
  }
  return code;
}

size_t count_rules(const rules::RuleFile& file) {
  size_t out = 0;
  for (const rules::RuleSet& set : file.sets) out += set.rules.size();
  return out;
}

}  // namespace

int rules_check_command(const Arguments& arguments) {
  return for_each_file(arguments, [](const std::string& path, const rules::RuleFile& file) {
    const size_t count = count_rules(file);
    printf("%s: no faults (%zu rule%s in %zu set%s)\n", path.c_str(), count, plural(count), file.sets.size(),
           plural(file.sets.size()));
    return true;
  });
}

int rules_lint_command(const Arguments& arguments) {
  return for_each_file(arguments, [&](const std::string& path, const rules::RuleFile& file) {
    size_t warnings = 0, hints = 0;
    for (const rules::Finding& finding : rules::lint(file)) {
      printf("%s\n", finding.line().c_str());
      (finding.severity == rules::Severity::warning ? warnings : hints)++;
    }
    printf("%s: %zu warning%s, %zu hint%s\n", path.c_str(), warnings, plural(warnings), hints, plural(hints));
    return warnings == 0 && (hints == 0 || !arguments.has("--strict"));
  });
}

int rules_test_command(const Arguments& arguments) {
  if (arguments.operands.empty() || arguments.operands.size() > 2) {
    fputs("navajo: 'rules test' needs a file of rules (or --config) and a file of samples\n", stderr);
    return kUsage;
  }
  std::vector<std::string> given(arguments.operands.begin(), arguments.operands.end() - 1), files;
  if (const int code = find_files(arguments, given, files); code != kOk) return code;
  if (files.size() != 1) return complain("navajo.xml has several Rules elements: name the file the samples are for");

  config::Diagnostics diagnostics;
  const std::vector<rules::Sample> samples = rules::read_samples(absolute_path(arguments.operands.back()), diagnostics);
  for (const config::Fault& fault : diagnostics.faults()) fprintf(stderr, "%s\n", fault.line().c_str());
  rules::RuleFile file;
  const std::vector<std::byte> image = compiled(files[0], file);
  if (!diagnostics.ok() || image.empty()) return kFaults;
  const auto program = rules::Program::adopt(image);
  if (!program.ok()) return complain(program.error().text);

  size_t failed = 0;
  for (const rules::Sample& sample : samples) {
    const rules::SampleOutcome outcome = rules::try_sample(**program, sample);
    const std::vector<std::string> lines = rules::differences(sample, outcome);
    for (const std::string& line : lines) printf("%s\n", line.c_str());
    if (!lines.empty()) failed++;
    if (!arguments.has("--verbose")) continue;
    printf("%s:%d: %s\n", sample.where.file.c_str(), sample.where.line, rules::summary(sample, outcome).c_str());
  }
  printf("%zu request%s, %zu not as expected\n", samples.size(), plural(samples.size()), failed);
  return failed == 0 ? kOk : kFaults;
}

}  // namespace navajo::cli
