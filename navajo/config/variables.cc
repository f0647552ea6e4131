#include "navajo/config/variables.h"

#include <cstdlib>
#include <optional>
#include <vector>

#include "navajo/config/command_output.h"
#include "navajo/config/text.h"

extern char** environ;

namespace navajo::config {
namespace {

constexpr std::string_view kEnv = "${env:", kExec = "${exec:";

// Written @NAME@ or ${NAME}; the environment says them, else the fallback; neither is a fault.
struct PackageVariable {
  std::string_view name;
  const char* fallback;
};
constexpr PackageVariable kPackageVariables[] = {
    {"PKG_HOME", NAVAJO_PREFIX},
    {"PKG_VAR", nullptr},
    {"PKG_INSTANCE", "default"},
    {"HTTPD_LIB_VERSION", "2_4"},
};

// The package variable that text begins with, with its marks; empty if it begins with something else.
std::string_view package_reference(std::string_view text, const PackageVariable*& variable) {
  for (const PackageVariable& one : kPackageVariables)
    for (const std::string& written : {"@" + std::string(one.name) + "@", "${" + std::string(one.name) + "}"})
      if (text.substr(0, written.size()) == written) {
        variable = &one;
        return text.substr(0, written.size());
      }
  return {};
}

std::vector<std::string_view> environment_names() {
  std::vector<std::string_view> out;
  for (char** entry = environ; entry && *entry; entry++) {
    const std::string_view variable(*entry);
    out.push_back(variable.substr(0, variable.find('=')));
  }
  return out;
}

std::string package_value(const PackageVariable& variable, const Position& where, Diagnostics& diagnostics) {
  const std::string name(variable.name);
  if (const char* value = getenv(name.c_str())) return value;
  if (variable.fallback) return variable.fallback;
  diagnostics.fault(where, observe::id::config_variable,
                    "@" + name + "@ is not known: set " + name + " in the environment of navajo and httpd");
  return "";
}

// Of the reference text begins with: commands have braces of their own, ${exec:awk '{print $1}' f}.
size_t closing_brace(std::string_view text) {
  int open = 0;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '{') open++;
    if (text[i] == '}' && --open == 0) return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::string replace_variables(std::string_view text, const Position& where, Diagnostics& diagnostics) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find_first_of("@$");
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const PackageVariable* variable = nullptr;
    if (const std::string_view reference = package_reference(text, variable); variable) {
      text.remove_prefix(reference.size());
      out += package_value(*variable, where, diagnostics);
      continue;
    }
    if (text.substr(0, kEnv.size()) != kEnv && text.substr(0, kExec.size()) != kExec) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const size_t close = closing_brace(text);
    if (close == std::string_view::npos) {
      diagnostics.fault(where, observe::id::config_variable, "'" + printable(text) + "' has no closing brace");
      break;
    }
    const std::string_view reference = text.substr(0, close + 1);
    text.remove_prefix(close + 1);
    if (reference.starts_with(kExec)) {
      const std::string command(reference.substr(kExec.size(), reference.size() - kExec.size() - 1));
      const base::Result<std::string> line = command_output(command);
      if (line.ok()) {
        diagnostics.hide(*line);
        out += *line;
      } else {
        diagnostics.fault(where, observe::id::config_variable, "'" + printable(reference) + "' " + line.error().text);
      }
      continue;
    }
    const std::string name(reference.substr(kEnv.size(), reference.size() - kEnv.size() - 1));
    if (const char* value = getenv(name.c_str()))
      out += value;
    else
      diagnostics.fault(where, observe::id::config_variable,
                        "the environment variable '" + printable(name) + "' is not set" +
                            did_you_mean(name, environment_names()));
  }
  return out;
}

}  // namespace navajo::config
