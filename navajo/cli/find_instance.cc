#include "navajo/cli/find_instance.h"

#include <cstdio>
#include <filesystem>

#include "navajo/cli/configuration.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/run_directory.h"

namespace navajo::cli {
namespace {

base::Result<Instance> instance_in(const std::string& directory) {
  // What it says is believed, so nobody else may have written it.
  if (const auto checked = check_run_directory(directory); !checked) return base::Failed{checked.error()};
  return read_instance(directory);
}

base::Failed<base::Error> nothing(std::string text) { return {base::Error{std::move(text)}}; }

}  // namespace

std::string run_directory_for(const Arguments& arguments, const std::string& absolute_config) {
  if (arguments.has("--run-dir")) return absolute_path(arguments.value("--run-dir"));
  return run_directory_bases(run_directory_query()).front() + "/" + instance_name(absolute_config);
}

base::Result<Instance> find_instance(const Arguments& arguments) {
  const std::vector<std::string> bases = run_directory_bases(run_directory_query());
  if (arguments.has("--run-dir")) return instance_in(absolute_path(arguments.value("--run-dir")));
  if (arguments.has("--config")) {
    const std::string config = absolute_path(arguments.value("--config"));
    for (const std::string& base : bases) {
      const std::string directory = base + "/" + instance_name(config);
      std::error_code error;
      if (std::filesystem::exists(directory, error)) return instance_in(directory);
    }
    return nothing("no instance of " + config + " runs (started with --run-dir? then name it here too)");
  }
  std::vector<Instance> running;
  for (const std::string& base : bases) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(base, error)) {
      auto instance = instance_in(entry.path().string());
      if (instance && instance->running()) running.push_back(std::move(*instance));
    }
  }
  if (running.empty()) return nothing("no instance of this user runs");
  if (running.size() == 1) return running.front();
  std::string text = "several instances run; name one with --config or --run-dir:";
  for (const Instance& instance : running) text += "\n  " + instance.config + " in " + instance.run_directory;
  return nothing(text);
}

base::Result<admin::AdminClient, ExitCode> connect_to_instance(const Arguments& arguments,
                                                               std::chrono::milliseconds patience) {
  const auto instance = find_instance(arguments);
  if (!instance.ok()) {
    complain(instance.error().text);
    return base::Failed{kNotRunning};
  }
  if (!instance->running()) {
    complain("not running (run directory " + instance->run_directory + ")");
    return base::Failed{kNotRunning};
  }
  auto client = admin::AdminClient::connect(instance->admin_socket(), patience);
  if (client.ok()) return std::move(*client);
  complain(client.error().text);
  fputs("It is for the user who started the server, for root, and for members of Service adminGroup; with "
        "adminSocket=\"off\" there is none.\n", stderr);
  return base::Failed{kFaults};
}

}  // namespace navajo::cli
