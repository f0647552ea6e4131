#include "navajo/config/variables.h"

#include <cstdlib>
#include <optional>
#include <vector>

#include "navajo/config/text.h"

extern char** environ;

namespace navajo::config {
namespace {

constexpr std::string_view kEnv = "${env:", kExec = "${exec:";

std::vector<std::string_view> environment_names() {
  std::vector<std::string_view> out;
  for (char** entry = environ; entry && *entry; entry++) {
    const std::string_view variable(*entry);
    out.push_back(variable.substr(0, variable.find('=')));
  }
  return out;
}

}  // namespace

std::string replace_variables(std::string_view text, const Position& where, Diagnostics& diagnostics) {
  std::string out;
  while (!text.empty()) {
    const size_t open = std::min(text.find(kEnv), text.find(kExec));
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const size_t close = text.find('}');
    if (close == std::string_view::npos) {
      diagnostics.fault(where, observe::id::config_variable, "'" + printable(text) + "' has no closing brace");
      break;
    }
    const std::string_view reference = text.substr(0, close + 1);
    text.remove_prefix(close + 1);
    if (reference.substr(0, kExec.size()) == kExec) {
      diagnostics.fault(where, observe::id::config_not_supported,
                        "'" + printable(reference) + "' cannot be run: use ${env:NAME}");
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
