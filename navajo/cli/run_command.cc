#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/httpd_program.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/preload.h"
#include "navajo/cli/run_directory.h"
#include "navajo/cli/running_settings.h"

namespace navajo::cli {
namespace {

enum class Way { background, foreground, one_process };

Way way_of(const Arguments& arguments, const std::vector<std::string>& more) {
  const auto said = [&](const char* word) { return std::find(more.begin(), more.end(), word) != more.end(); };
  if (arguments.has("-X") || said("-X")) return Way::one_process;
  const bool foreground = arguments.has("--foreground") || said("-DFOREGROUND") || said("FOREGROUND");
  return foreground ? Way::foreground : Way::background;
}

// NAVAJOgroup= of Service commandLine. What fails is told and no reason to stay down.
void take_group(const std::string& name) {
  if (name.empty()) return;
  const group* found = getgrnam(name.c_str());
  if (!found)
    fprintf(stderr, "navajo: NAVAJOgroup=%s: there is no such group\n", name.c_str());
  else if (setgid(found->gr_gid) != 0)
    fprintf(stderr, "navajo: NAVAJOgroup=%s: %s\n", name.c_str(), strerror(errno));
}

// httpd opens /dev/stderr by name, which a socket (a service manager's journal) or another user's pipe does not allow.
bool console_can_be_logged_to() {
  const int fd = open("/dev/stderr", O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

// Connections are descriptors: as many as the administrator's hard limit allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Environment environment_of_httpd(const Arguments& arguments) {
  const Preload preload = choose_preload(
      arguments.has("--no-jemalloc") ? Allocator::libc : Allocator::jemalloc, jemalloc_candidates(),
      [](const char* name) {
        const char* value = getenv(name);
        return std::string(value ? value : "");
      },
      [](const std::string& path) { return access(path.c_str(), R_OK) == 0; });
  if (!preload.missing.empty()) {
    fprintf(stderr, "navajo: no jemalloc (looked for %s): httpd runs on the C library's malloc\n",
            preload.missing.c_str());
  }
  return preload.variables;
}

int wait_until_serving(const Instance& instance) {
  for (int i = 0; i < 200; i++) {
    if (const auto pid = instance.running()) {
      printf("running as process %ld, run directory %s\n", static_cast<long>(*pid), instance.run_directory.c_str());
      return kOk;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return complain("httpd did not come up; see the error log (" + instance.run_directory +
                  "/error.log unless navajo.xml says otherwise)");
}

}  // namespace

int run_command(const Arguments& arguments) {
  if (!arguments.has("--config")) {
    fputs("navajo: 'run' needs --config FILE\n", stderr);
    return kUsage;
  }
  const Configuration configuration = load_configuration(arguments.value("--config"), Depth::everything);
  if (!configuration.ok()) return kFaults;
  const config::ServiceElement& service = configuration.navajo.service;
  const Way way = way_of(arguments, service.httpd_arguments);

  Instance instance;
  instance.config = configuration.path;
  instance.run_directory = run_directory_for(arguments, configuration.path);
  instance.pid_file =
      configuration.pid_file.empty() ? instance.run_directory + "/httpd.pid" : configuration.pid_file;
  if (arguments.has("--mpm")) instance.mpm = arguments.value("--mpm");
  if (way != Way::background && console_can_be_logged_to()) instance.logs = "console";

  if (const auto made = make_run_directory(instance.run_directory); !made) return complain(made.error().text);
  if (const auto earlier = read_instance(instance.run_directory)) {
    if (const auto pid = earlier->running()) {
      return complain("already running as process " + std::to_string(*pid) + " (run directory " +
                      instance.run_directory + ")");
    }
  }
  const Installation installation = find_installation();
  const auto stub = make_stub(installation, configuration, instance);
  if (!stub) return complain(stub.error().text);
  if (const auto made = make_empty_folder(instance.run_directory); !made) return complain(made.error().text);
  if (const auto written = write_file(instance.stub(), *stub); !written) return complain(written.error().text);
  if (const auto written = write_instance(instance); !written) return complain(written.error().text);
  remember_settings(instance, configuration);

  raise_descriptor_limit();
  const Environment environment = environment_of_httpd(arguments);
  take_group(service.process_group);
  std::vector<std::string> words{installation.httpd, "-f", instance.stub()};
  for (const std::string& argument : service.httpd_arguments)
    if (argument != "-X") words.push_back(argument);
  if (way == Way::background) {
    const auto code = run_attached(words, environment);
    if (!code) return complain(code.error().text);
    if (*code != 0) return complain("httpd did not start (exit code " + std::to_string(*code) + ")");
    return wait_until_serving(instance);
  }
  words.push_back(way == Way::one_process ? "-X" : "-DFOREGROUND");
  fprintf(stderr, "navajo: run directory %s%s\n", instance.run_directory.c_str(),
          instance.logs == "console" ? "" : "; the error log is not the terminal");
  return complain(become_program(words, environment).text);
}

int start_command(const Arguments& arguments) {
  if (!arguments.has("--config")) {
    fputs("navajo: 'start' needs --config FILE\n", stderr);
    return kUsage;
  }
  const std::string directory = run_directory_for(arguments, absolute_path(arguments.value("--config")));
  if (check_run_directory(directory)) {
    const auto earlier = read_instance(directory);
    const auto pid = earlier.ok() ? earlier->running() : std::nullopt;
    if (pid) {
      printf("runs already, as process %ld, run directory %s\n", static_cast<long>(*pid), directory.c_str());
      return kOk;
    }
  }
  return run_command(arguments);
}

int restart_command(const Arguments& arguments) {
  if (!arguments.has("--config")) {
    fputs("navajo: 'restart' needs --config FILE\n", stderr);
    return kUsage;
  }
  const Configuration configuration = load_configuration(arguments.value("--config"), Depth::everything);
  Instance planned;
  planned.config = configuration.path;
  planned.run_directory = run_directory_for(arguments, configuration.path);
  if (!configuration.ok() || !httpd_accepts_configuration(find_installation(), configuration, planned))
    return complain("not restarted: what runs goes on");
  if (const int stopped = stop_command(arguments); stopped != kOk && stopped != kNotRunning) return stopped;
  return run_command(arguments);
}

}  // namespace navajo::cli
