#include "navajo/cli/instances.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace navajo::cli {
namespace {

std::optional<NamedInstance> instance_at(const std::filesystem::path& folder) {
  std::error_code error;
  for (const char* place : {"conf/navajo.xml", "navajo.xml"})
    if (std::filesystem::is_regular_file(folder / place, error))
      return NamedInstance{folder.filename().string(), folder.string(), (folder / place).string()};
  return std::nullopt;
}

}  // namespace

std::string instances_root() {
  const auto given = [](const char* name) {
    const char* value = getenv(name);
    return std::string(value ? value : "");
  };
  if (const std::string root = given("NAVAJO_INSTANCES"); !root.empty()) return root;
  if (geteuid() == 0) return "/var/opt/navajo";
  if (const std::string data = given("XDG_DATA_HOME"); data.starts_with("/")) return data + "/navajo";
  return given("HOME") + "/.local/share/navajo";
}

bool is_instance_name(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (name.empty() || name.size() > 64 || name == "all" || !is_plain(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return is_plain(c) || c == '.' || c == '-' || c == '_'; });
}

std::vector<NamedInstance> named_instances() {
  std::vector<NamedInstance> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(instances_root(), error))
    if (is_instance_name(entry.path().filename().string()))
      if (auto found = instance_at(entry.path())) out.push_back(std::move(*found));
  std::sort(out.begin(), out.end(), [](const NamedInstance& a, const NamedInstance& b) { return a.name < b.name; });
  return out;
}

std::optional<NamedInstance> named_instance(std::string_view name) {
  if (!is_instance_name(name)) return std::nullopt;
  return instance_at(std::filesystem::path(instances_root()) / name);
}

std::vector<std::vector<std::string>> expand_instance(std::span<const std::string> words) {
  std::vector<NamedInstance> meant;
  if (words.size() < 2) return {};
  if (words[0] == "all")
    meant = named_instances();
  else if (auto one = named_instance(words[0]))
    meant.push_back(std::move(*one));
  std::vector<std::vector<std::string>> out;
  for (const NamedInstance& one : meant) {
    std::vector<std::string> expanded(words.begin() + 1, words.end());
    // Not with "=": a command that takes no configuration says so by the option's name.
    expanded.insert(expanded.end(), {"--config", one.config});
    out.push_back(std::move(expanded));
  }
  return out;
}

}  // namespace navajo::cli
