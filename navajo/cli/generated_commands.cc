#include <cstdio>

#include "navajo/cli/commands.h"
#include "navajo/cli/generated.h"
#include "navajo/config/diagnostics.h"

namespace navajo::cli {
namespace {

// The only operand, which is one of two words; empty after a complaint.
std::string one_of(const Arguments& arguments, const char* first, const char* second) {
  const std::string given = arguments.operands.size() == 1 ? arguments.operands[0] : "";
  if (given == first || given == second) return given;
  fprintf(stderr, "navajo: '%s' needs %s or %s\n", arguments.command->name, first, second);
  return "";
}

}  // namespace

int xsd_command(const Arguments& arguments) {
  const std::string which = one_of(arguments, "navajo", "web");
  if (which.empty()) return kUsage;
  fputs(xml_schema(full_catalogue(), which).c_str(), stdout);
  return kOk;
}

int reference_command(const Arguments& arguments) {
  const container::Catalogue catalogue = full_catalogue();
  if (arguments.operands.empty()) {
    fputs(configuration_reference(catalogue).c_str(), stdout);
    return kOk;
  }
  for (const std::string& name : arguments.operands) {
    const auto text = class_reference(catalogue, name);
    if (!text) {
      std::vector<std::string_view> names;
      for (const container::ServletRow& row : catalogue.servlets()) names.push_back(row.name);
      for (const container::FilterRow& row : catalogue.filters()) names.push_back(row.name);
      fprintf(stderr, "navajo: there is no servlet or filter '%s'%s\n", name.c_str(),
              config::did_you_mean(name, names).c_str());
      return kUsage;
    }
    fputs(text->c_str(), stdout);
  }
  return kOk;
}

int completion_command(const Arguments& arguments) {
  const std::string shell = one_of(arguments, "bash", "zsh");
  if (shell.empty()) return kUsage;
  fputs(completion_script(command_table(), full_catalogue(), shell).c_str(), stdout);
  return kOk;
}

}  // namespace navajo::cli
