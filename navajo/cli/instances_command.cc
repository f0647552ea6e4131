#include <cstdio>
#include <filesystem>

#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/instances.h"
#include "navajo/cli/launch.h"
#include "navajo/config/text.h"
#include "navajo/observe/json_writer.h"

namespace navajo::cli {
namespace {

// Null: exactly one name was wanted.
const std::string* name_operand(const Arguments& arguments) {
  if (arguments.operands.size() == 1 && is_instance_name(arguments.operands[0])) return &arguments.operands[0];
  fprintf(stderr, "navajo: '%s' needs NAME: letters, digits, '.', '-' and '_', and not 'all'\n",
          arguments.command->name);
  return nullptr;
}

std::optional<pid_t> process_of(const NamedInstance& one) {
  Arguments about;
  about.options["--config"] = one.config;
  const auto instance = find_instance(about);
  return instance.ok() ? instance->running() : std::nullopt;
}

}  // namespace

int inst_create_command(const Arguments& arguments) {
  const std::string* const name = name_operand(arguments);
  if (!name) return kUsage;
  // A name that is a command would be taken for it.
  for (const CommandSpec& command : command_table())
    if (const std::string_view word = command.name; word.substr(0, word.find(' ')) == *name) {
      fprintf(stderr, "navajo: '%s' is a command: take another name\n", name->c_str());
      return kUsage;
    }
  return init_into(instances_root() + "/" + *name, arguments);
}

int inst_list_command(const Arguments& arguments) {
  observe::JsonWriter json;
  json.begin_array();
  for (const NamedInstance& one : named_instances()) {
    const auto pid = process_of(one);
    json.begin_object().key("name").text(one.name).key("config").text(one.config);
    json.key("running").boolean(pid.has_value());
    if (pid) json.key("pid").integer(*pid);
    json.end_object();
    if (!arguments.has("--json"))
      printf("%-20s %-14s %s\n", one.name.c_str(), pid ? ("process " + std::to_string(*pid)).c_str() : "stopped",
             one.config.c_str());
  }
  json.end_array();
  if (arguments.has("--json")) printf("%s\n", json.str().c_str());
  return kOk;
}

int inst_exists_command(const Arguments& arguments) {
  const std::string* const name = name_operand(arguments);
  if (!name) return kUsage;
  const auto found = named_instance(*name);
  if (!found) return complain("there is no instance '" + *name + "' in " + instances_root());
  printf("%s\n", found->config.c_str());
  return kOk;
}

int inst_remove_command(const Arguments& arguments) {
  const std::string* const name = name_operand(arguments);
  if (!name) return kUsage;
  const auto found = named_instance(*name);
  if (!found) return complain("there is no instance '" + *name + "' in " + instances_root());
  if (process_of(*found)) return complain("instance '" + *name + "' runs: stop it first");
  if (!arguments.has("--yes")) {
    fprintf(stderr, "navajo: 'inst remove' deletes %s with all that is in it; confirm with --yes\n",
            found->folder.c_str());
    return kUsage;
  }
  std::error_code error;
  std::filesystem::remove_all(found->folder, error);
  if (error) return complain(found->folder + ": " + error.message());
  printf("removed %s\n", found->folder.c_str());
  return kOk;
}

}  // namespace navajo::cli
