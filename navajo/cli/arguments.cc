#include "navajo/cli/arguments.h"

#include <algorithm>

#include "navajo/config/diagnostics.h"

namespace navajo::cli {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

bool starts_with_words(std::span<const std::string> words, const std::vector<std::string>& name) {
  return words.size() >= name.size() && std::equal(name.begin(), name.end(), words.begin());
}

base::Failed<base::Error> usage(std::string text) { return {base::Error{std::move(text)}}; }

std::string unknown_command(std::span<const CommandSpec> commands, std::span<const std::string> words) {
  std::vector<std::string_view> names;
  std::string given = words[0];
  for (const CommandSpec& command : commands) {
    names.push_back(command.name);
    // "config shw-httpd" is nearer to "config show-httpd" than "config" alone.
    const std::vector<std::string> name = split(command.name, ' ');
    if (name.size() > 1 && name[0] == words[0] && words.size() > 1) given = words[0] + " " + words[1];
  }
  return "there is no command '" + given + "'" + config::did_you_mean(given, names);
}

const OptionSpec* find_option(const CommandSpec& command, std::string_view name) {
  for (const OptionSpec& option : command.options) {
    if (name == option.name) return &option;
  }
  return nullptr;
}

// "  --config FILE   what it is", the text wrapped at a column that fits a terminal.
std::string row(const std::string& left, std::string_view text, size_t column) {
  constexpr size_t kWidth = 96;
  std::string out = "  " + left;
  out += out.size() + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - out.size(), ' ');
  size_t at = column;
  bool first = true;
  for (const std::string& word : split(text, ' ')) {
    if (!first && at + 1 + word.size() > kWidth) {
      out += "\n" + std::string(column, ' ');
      at = column;
      first = true;
    }
    if (!first) out += ' ';
    out += word;
    at += word.size() + (first ? 0 : 1);
    first = false;
  }
  return out + "\n";
}

}  // namespace

std::string Arguments::value(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() ? "" : found->second;
}

const CommandSpec* find_command(std::span<const CommandSpec> commands, std::span<const std::string> words) {
  if (words.empty()) return nullptr;
  for (const CommandSpec& command : commands) {
    if (starts_with_words(words, split(command.name, ' '))) return &command;
  }
  // "config" alone: the only command that begins so.
  const CommandSpec* only = nullptr;
  for (const CommandSpec& command : commands) {
    const std::vector<std::string> name = split(command.name, ' ');
    if (name.size() < 2 || words.size() > 1 || name[0] != words[0]) continue;
    if (only) return nullptr;
    only = &command;
  }
  return only;
}

base::Result<Arguments> parse_arguments(std::span<const CommandSpec> commands, std::span<const std::string> words) {
  if (words.empty()) return usage("no command given");
  if (words[0].starts_with("-")) return usage("the command comes first, then its options");
  Arguments parsed;
  parsed.command = find_command(commands, words);
  if (!parsed.command) return usage(unknown_command(commands, words));
  const CommandSpec& command = *parsed.command;
  size_t at = std::min(split(command.name, ' ').size(), words.size());
  for (; at < words.size(); at++) {
    const std::string& word = words[at];
    if (!word.starts_with("-") || word == "-") {
      if (!command.operand) return usage("'" + std::string(command.name) + "' does not take '" + word + "'");
      parsed.operands.push_back(word);
      continue;
    }
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    const OptionSpec* option = find_option(command, name);
    if (!option) {
      std::vector<std::string_view> names;
      for (const OptionSpec& one : command.options) names.push_back(one.name);
      return usage("'" + std::string(command.name) + "' has no option '" + name + "'" +
                   config::did_you_mean(name, names));
    }
    if (parsed.has(name)) return usage("option '" + name + "' is given twice");
    std::string value;
    if (option->value) {
      if (equals != std::string::npos) {
        value = word.substr(equals + 1);
      } else if (at + 1 < words.size() && !words[at + 1].starts_with("-")) {
        value = words[++at];
      } else {
        return usage("option '" + name + "' needs a " + option->value);
      }
      if (value.empty()) return usage("option '" + name + "' needs a " + option->value);
      const std::vector<std::string> choices = split(option->choices, ',');
      if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
        return usage("option '" + name + "' is one of " + option->choices + ", not '" + value + "'" +
                     config::did_you_mean(value, {choices.begin(), choices.end()}));
      }
    } else if (equals != std::string::npos) {
      return usage("option '" + name + "' takes no value");
    }
    parsed.options.emplace(name, value);
  }
  return parsed;
}

std::string help_overview(std::span<const CommandSpec> commands) {
  std::string out =
      "navajo: an identity-aware reverse proxy on Apache httpd, configured by navajo.xml\n\n"
      "usage: navajo COMMAND [OPTIONS], or navajo INSTANCE|all COMMAND [OPTIONS]\n\n";
  for (const CommandSpec& command : commands) out += row(command.name, command.summary, 22);
  out +=
      "\n'navajo help COMMAND' tells its options. Exit codes: 0 done, 1 faults found, 2 wrong usage, 3 not running.\n";
  return out;
}

std::string help_for(const CommandSpec& command) {
  std::string out = "usage: navajo " + std::string(command.name);
  for (const OptionSpec& option : command.options) {
    out += " [" + std::string(option.name) + (option.value ? std::string(" ") + option.value : "") + "]";
  }
  if (command.operand) out += " " + std::string(command.operand);
  out += "\n\n" + std::string(command.summary) + ".\n";
  if (*command.details) out += "\n" + std::string(command.details) + "\n";
  if (!command.options.empty()) out += "\n";
  for (const OptionSpec& option : command.options) {
    out += row(std::string(option.name) + (option.value ? std::string(" ") + option.value : ""), option.help, 28);
  }
  return out;
}

}  // namespace navajo::cli
