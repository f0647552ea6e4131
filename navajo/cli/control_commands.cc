#include <signal.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/running_settings.h"
#include "navajo/observe/process_identity.h"

namespace navajo::cli {
namespace {

struct Target {
  Instance instance;
  pid_t pid = 0;
};

base::Result<Target> running_target(const Arguments& arguments) {
  auto instance = find_instance(arguments);
  if (!instance) return base::Failed{instance.error()};
  const auto pid = instance->running();
  if (!pid) return base::Failed{base::Error{"not running (run directory " + instance->run_directory + ")"}};
  return Target{std::move(*instance), *pid};
}

int not_running(const base::Error& error) {
  complain(error.text);
  return kNotRunning;
}

int signal_process(pid_t pid, int number) {
  if (kill(pid, number) == 0) return kOk;
  return complain("process " + std::to_string(pid) + ": " + strerror(errno));
}

}  // namespace

int stop_command(const Arguments& arguments) {
  const auto target = running_target(arguments);
  if (!target) return not_running(target.error());
  const observe::ProcessIdentity process = observe::ProcessIdentity::of(target->pid);
  if (const int failed = signal_process(target->pid, SIGTERM)) return failed;
  constexpr int kPasses = 1200;  // a minute: httpd itself kills children that do not end within a few seconds
  for (int i = 0; i < kPasses; i++) {
    if (!process.alive()) {
      printf("stopped process %ld\n", static_cast<long>(target->pid));
      return kOk;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return complain("process " + std::to_string(target->pid) + " is still there after a minute");
}

int graceful_stop_command(const Arguments& arguments) {
  const auto target = running_target(arguments);
  if (!target) return not_running(target.error());
  if (const int failed = signal_process(target->pid, SIGWINCH)) return failed;
  printf("process %ld ends when its requests are done\n", static_cast<long>(target->pid));
  return kOk;
}

int reload_command(const Arguments& arguments) {
  const auto target = running_target(arguments);
  if (!target) return not_running(target.error());
  const Instance& instance = target->instance;
  const Configuration configuration = load_configuration(instance.config, Depth::everything);
  const Installation installation = find_installation();
  if (!configuration.ok() || !httpd_accepts_configuration(installation, configuration, instance)) {
    return complain("not reloaded: process " + std::to_string(target->pid) + " goes on with what it has");
  }
  // Other directives may need other modules.
  const auto stub = make_stub(installation, configuration, instance);
  if (!stub) return complain(stub.error().text);
  if (const auto written = write_file(instance.stub(), *stub); !written) return complain(written.error().text);
  if (const int failed = signal_process(target->pid, SIGUSR1)) return failed;
  remember_settings(instance, configuration);
  printf("process %ld takes over %s; requests in work are finished\n", static_cast<long>(target->pid),
         instance.config.c_str());
  return kOk;
}

}  // namespace navajo::cli
