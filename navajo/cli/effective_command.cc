#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "navajo/cli/ca_files.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/generated.h"
#include "navajo/cli/inventory/inventory.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/running_settings.h"
#include "navajo/observe/status_segment.h"

namespace navajo::cli {
namespace {

constexpr char kSettingsFile[] = "/settings";

// Certificates and keys that are other ones since the configuration was put to work: settings do not show it.
size_t tell_newer_files(const Instance& instance, const Configuration& configuration) {
  const auto segment = observe::StatusSegment::attach(instance.status_file());
  if (!segment.ok()) return 0;
  const int64_t since = segment->read().configured_at;
  size_t count = 0;
  for (const inventory::CertificateFile& file :
       inventory::take_inventory(configuration.navajo, full_catalogue()).certificates)
    for (const std::string& path : {file.certificate, file.key}) {
      struct stat about {};
      if (path.empty() || stat(path.c_str(), &about) != 0 || about.st_mtime <= since) continue;
      fprintf(stderr, "%s: %s is newer than what runs\n", file.what.c_str(), path.c_str());
      count++;
    }
  return count;
}

}  // namespace

void remember_settings(const Instance& instance, const Configuration& configuration) {
  const std::string path = instance.run_directory + kSettingsFile, draft = path + ".draft";
  unlink(draft.c_str());
  // What fails here costs a later diff and nothing else.
  const auto settings = effective::settings_of(configuration.navajo, full_catalogue());
  if (write_new_file(draft, effective::write_settings(settings), 0600)) (void)rename(draft.c_str(), path.c_str());
}

base::Result<std::vector<effective::Setting>> remembered_settings(const Instance& instance) {
  const std::string path = instance.run_directory + kSettingsFile;
  const auto text = read_file(path, 64 << 20);
  if (!text.ok()) return base::Failed{text.error()};
  auto settings = effective::read_settings(*text);
  if (!settings.ok()) return base::Failed{base::Error{path + ": " + settings.error().text}};
  return settings;
}

int effective_command(const Arguments& arguments) {
  std::string config;
  if (arguments.has("--config")) {
    config = arguments.value("--config");
  } else {
    const auto instance = find_instance(arguments);
    if (!instance.ok()) {
      complain(instance.error().text + "; name a configuration with --config");
      return kNotRunning;
    }
    config = instance->config;
  }
  const Configuration configuration = load_configuration(config, Depth::everything);
  if (!configuration.ok()) return kFaults;
  const auto settings = effective::settings_of(configuration.navajo, full_catalogue());
  const std::string text =
      arguments.has("--json") ? effective::settings_json(settings) : effective::settings_text(settings);
  fputs(text.c_str(), stdout);
  return kOk;
}

int diff_command(const Arguments& arguments) {
  const auto instance = find_instance(arguments);
  if (!instance.ok() || !instance->running()) {
    complain(instance.ok() ? "not running (run directory " + instance->run_directory + ")" : instance.error().text);
    return kNotRunning;
  }
  const auto before = remembered_settings(*instance);
  if (!before.ok()) return complain(before.error().text + ": started by an older navajo? A reload writes it");
  const Configuration configuration = load_configuration(instance->config, Depth::everything);
  if (!configuration.ok()) return complain(std::to_string(configuration.faults) + " faults: a reload would refuse it");
  const auto differences =
      effective::differences(*before, effective::settings_of(configuration.navajo, full_catalogue()));
  const size_t newer = tell_newer_files(*instance, configuration);
  if (arguments.has("--json")) {
    fputs(effective::differences_json(differences).c_str(), stdout);
  } else {
    fputs(effective::differences_text(differences).c_str(), stdout);
    if (differences.empty() && newer == 0) puts("a reload would change nothing");
  }
  return differences.empty() && newer == 0 ? kOk : kFaults;
}

}  // namespace navajo::cli
