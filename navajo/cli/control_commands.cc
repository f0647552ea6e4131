#include <signal.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/reload_watch.h"
#include "navajo/cli/running_settings.h"
#include "navajo/observe/process_identity.h"
#include "navajo/observe/status_segment.h"

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

// What the server has to know before the signal. Not there: nothing is blocked, or it cannot be lifted.
base::Status<> ask_to_unblock(const Instance& instance) {
  return write_file(instance.run_directory + "/" + observe::kUnblockFileName, "");
}

int tell_outcome(ReloadWatch::Outcome outcome, const Target& target) {
  const std::string process = "process " + std::to_string(target.pid);
  const std::string& config = target.instance.config;
  switch (outcome) {
    case ReloadWatch::Outcome::serves:
      printf("%s serves %s; requests in work are finished\n", process.c_str(), config.c_str());
      return kOk;
    case ReloadWatch::Outcome::refused:
      return complain("not reloaded: " + process + " found a fault that the check did not (NVJ1111 in the error log) "
                      "and goes on with what it had");
    case ReloadWatch::Outcome::rolled_back:
      return complain("rolled back: the children that served " + config + " died (NVJ2203 in the error log); " +
                      process + " serves again what it served before. The files are as they are");
    case ReloadWatch::Outcome::ended:
      complain(process + " has ended: see the error log");
      return kNotRunning;
    case ReloadWatch::Outcome::unclear:
      break;
  }
  return complain("no child serves " + config + " yet, and nothing says why not: see the error log");
}

// Until it is clear what became of it.
int watch_reload(const Target& target, const observe::StatusNumbers& before) {
  const observe::ProcessIdentity process = observe::ProcessIdentity::of(target.pid);
  ReloadWatch watch(before, ReloadWatch::Time(0));
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    const auto segment = observe::StatusSegment::attach(target.instance.status_file());
    const auto passed = std::chrono::duration_cast<ReloadWatch::Time>(std::chrono::steady_clock::now() - began);
    const auto outcome = watch.look(segment ? segment->read() : before, process.alive(), passed);
    if (outcome) return tell_outcome(*outcome, target);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
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
  if (arguments.has("--unblock"))
    if (const auto asked = ask_to_unblock(instance); !asked) return complain(asked.error().text);
  const auto before = observe::StatusSegment::attach(instance.status_file());
  const observe::StatusNumbers numbers = before ? before->read() : observe::StatusNumbers();
  if (const int failed = signal_process(target->pid, SIGUSR1)) return failed;
  if (!arguments.has("--no-wait") && before) {
    const int watched = watch_reload(*target, numbers);
    if (watched == kOk) remember_settings(instance, configuration);
    return watched;
  }
  remember_settings(instance, configuration);
  printf("process %ld takes over %s; requests in work are finished\n", static_cast<long>(target->pid),
         instance.config.c_str());
  if (!before) fprintf(stderr, "navajo: whether it serves cannot be seen: %s\n", before.error().text.c_str());
  return kOk;
}

}  // namespace navajo::cli
