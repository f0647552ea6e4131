// Instances by name, as nevisProxy has them: a folder for each, with conf/navajo.xml or navajo.xml in it, below one
// root. Which server runs is told by run directories (find_instance.h), as for any other configuration.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace navajo::cli {

// NAVAJO_INSTANCES, else /var/opt/navajo for root, else $XDG_DATA_HOME/navajo or ~/.local/share/navajo.
std::string instances_root();
// Letters, digits, '.', '-' and '_', beginning with a letter or digit; not "all".
bool is_instance_name(std::string_view name);

struct NamedInstance {
  std::string name, folder, config;
};
std::vector<NamedInstance> named_instances();  // by name
std::optional<NamedInstance> named_instance(std::string_view name);

// "shop status --json" as "status --json --config .../shop/conf/navajo.xml"; "all status" once for each. Empty: the
// first word is no instance's name.
std::vector<std::vector<std::string>> expand_instance(std::span<const std::string> words);

}  // namespace navajo::cli
