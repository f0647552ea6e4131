// The command line as values: which command, which options. Driven by one table (commands.cc), which also
// makes the help. Nothing here touches files or processes.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::cli {

// Stable: scripts rely on them.
enum ExitCode : int { kOk = 0, kFaults = 1, kUsage = 2, kNotRunning = 3 };

struct OptionSpec {
  const char* name;   // "--config"
  const char* value;  // "FILE", or null for a switch
  const char* help;
  const char* choices = "";  // comma-separated; empty: any value
};

struct CommandSpec {
  const char* name;  // "run", or two words: "config show-httpd"
  const char* summary;
  const char* details;
  std::span<const OptionSpec> options;
  const char* operand = nullptr;  // "[COMMAND]": takes words after its name; null: takes none
};

struct Arguments {
  const CommandSpec* command = nullptr;
  std::map<std::string, std::string, std::less<>> options;
  std::vector<std::string> operands;

  bool has(std::string_view option) const { return options.find(option) != options.end(); }
  std::string value(std::string_view option) const;  // empty when not given
};

// The error says what was wrong and, where it can, what was meant.
base::Result<Arguments> parse_arguments(std::span<const CommandSpec> commands, std::span<const std::string> words);

// All commands in a few lines each; or one with its options.
std::string help_overview(std::span<const CommandSpec> commands);
std::string help_for(const CommandSpec& command);
// By full name, or by the first word alone where that is enough ("config").
const CommandSpec* find_command(std::span<const CommandSpec> commands, std::span<const std::string> words);

}  // namespace navajo::cli
