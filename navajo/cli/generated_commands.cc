#include <cstdio>

#include "navajo/cli/commands.h"
#include "navajo/cli/generated.h"
#include "navajo/cli/generated_man.h"
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

int manual_command(const Arguments& arguments) {
  const std::string which = arguments.operands.size() == 1 ? arguments.operands[0] : "";
  std::string text;
  if (which == "navajo") text = manual_of_commands(command_table());
  if (which == "navajo.xml") text = manual_of_navajo_xml();
  if (which == "web.xml") text = manual_of_web_xml(full_catalogue());
  if (text.empty()) {
    fputs("navajo: 'config man' needs navajo, navajo.xml or web.xml\n", stderr);
    return kUsage;
  }
  fputs(text.c_str(), stdout);
  return kOk;
}

int cli_markdown_command(const Arguments&) {
  fputs(commands_as_markdown(command_table()).c_str(), stdout);
  return kOk;
}

int completion_command(const Arguments& arguments) {
  const std::string shell = one_of(arguments, "bash", "zsh");
  if (shell.empty()) return kUsage;
  fputs(completion_script(command_table(), full_catalogue(), shell).c_str(), stdout);
  return kOk;
}

}  // namespace navajo::cli
