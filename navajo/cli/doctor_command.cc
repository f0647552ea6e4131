#include <sys/resource.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "navajo/cli/commands.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/doctor/backends.h"
#include "navajo/cli/doctor/configured.h"
#include "navajo/cli/doctor/machine.h"
#include "navajo/cli/doctor/server.h"
#include "navajo/cli/doctor_command.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/generated.h"
#include "navajo/cli/launch.h"

namespace navajo::cli {
namespace {

using doctor::Findings;
using doctor::Health;

constexpr int kLongestPatience = 60;

uint64_t hard_limit_of_files() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

// Of --config, else of the instance that runs; empty: neither.
std::string configuration_meant(const Arguments& arguments, const base::Result<Instance>& instance) {
  if (arguments.has("--config")) return absolute_path(arguments.value("--config"));
  return instance.ok() ? instance->config : "";
}

}  // namespace

void examine(const Arguments& arguments, std::chrono::milliseconds patience, Findings& findings) {
  const doctor::Machine machine;
  const auto instance = find_instance(arguments);
  const auto pid = instance.ok() ? instance->running() : std::nullopt;
  doctor::look_at_httpd(find_installation(), findings);
  doctor::just_in_time(findings);
  doctor::clock_is_kept(findings);
  machine.selinux(findings);
  machine.kernel(findings);
  doctor::Demand demand;
  inventory::Inventory inventory;
  const std::string config = configuration_meant(arguments, instance);
  if (config.empty()) {
    findings.warning("config", "no configuration was looked at", "name one with --config");
  } else if (const Configuration configuration = load_configuration(config, Depth::everything); !configuration.ok()) {
    findings.fault("config", config + " has " + std::to_string(configuration.faults) + " faults",
                   "navajo check --config " + config);
  } else {
    findings.ok("config", config + " has no faults");
    inventory = inventory::take_inventory(configuration.navajo, full_catalogue());
    if (*configuration.navajo.service.reactor.enabled)
      demand.connections_per_child = *configuration.navajo.service.reactor.max_connections;
    demand.shared_memory = inventory.shared_memory;
  }
  machine.descriptors(hard_limit_of_files(), demand, findings);
  machine.shared_memory(demand, findings);
  const time_t now = time(nullptr);
  doctor::look_at_ports(inventory, pid.has_value(), findings);
  doctor::look_at_certificates(inventory, now, findings);
  doctor::look_at_files(inventory, now, findings);
  doctor::look_at_backends(inventory, patience, now, findings);
  if (pid)
    doctor::look_at_processes(*instance, *pid, findings);
  else if (!config.empty())
    findings.ok("processes", "not running");
}

int doctor_command(const Arguments& arguments) {
  int seconds = 5;
  if (arguments.has("--timeout")) {
    const std::string text = arguments.value("--timeout");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || seconds < 1 || seconds > kLongestPatience) {
      fprintf(stderr, "navajo: --timeout wants seconds from 1 to %d\n", kLongestPatience);
      return kUsage;
    }
  }
  Findings findings;
  examine(arguments, std::chrono::seconds(seconds), findings);
  const std::string text = arguments.has("--json") ? doctor::findings_json(findings) : doctor::findings_text(findings);
  fputs(text.c_str(), stdout);
  return findings.count(Health::fault) > 0 ? kFaults : kOk;
}

}  // namespace navajo::cli
