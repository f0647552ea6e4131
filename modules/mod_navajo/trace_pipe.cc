#include "modules/mod_navajo/trace_pipe.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace navajo::glue {
namespace {

constexpr int kLooks = 400;
constexpr useconds_t kBetweenLooks = 5000;

struct TraceProgram {
  std::string command;
  std::chrono::seconds retry_interval;
  ProgramReports reports;
  int ends[2] = {-1, -1};
  apr_pool_t* pool = nullptr;
  apr_proc_t process{};
  bool running = false;
};

void on_change(int reason, void* program, int);

// The wait before a further start is the shell's: the parent has no timer for it.
bool start(TraceProgram& program, std::chrono::seconds wait) {
  const std::string command = "sleep " + std::to_string(wait.count()) + "; exec " + program.command;
  const char* const arguments[] = {"sh", "-c", command.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, program.ends[0], 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid;
  const int failed = posix_spawn(&pid, "/bin/sh", &actions, &attributes, const_cast<char* const*>(arguments), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed) {
    observe::log(program.reports.failed, "cannot start %s: %s", program.command.c_str(), strerror(failed));
    return false;
  }
  program.process.pid = pid;
  program.running = true;
  apr_proc_other_child_register(&program.process, on_change, &program, nullptr, program.pool);
  return true;
}

void on_change(int reason, void* data, int) {
  auto& program = *static_cast<TraceProgram*>(data);
  if (reason != APR_OC_REASON_DEATH && reason != APR_OC_REASON_LOST) return;
  apr_proc_other_child_unregister(data);
  program.running = false;
  int state = 0;
  if (ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING) return;
  observe::log(program.reports.ended, "%s has ended, it is started again in %lld s",
               program.command.c_str(), static_cast<long long>(program.retry_interval.count()));
  (void)start(program, program.retry_interval);
}

// Whether it has ended within `looks`.
bool ended(pid_t pid, int looks) {
  for (int i = 0; i < looks; i++) {
    if (waitpid(pid, nullptr, WNOHANG) != 0) return true;
    usleep(kBetweenLooks);
  }
  return false;
}

apr_status_t end(void* data) {
  std::unique_ptr<TraceProgram> program(static_cast<TraceProgram*>(data));
  if (program->running) apr_proc_other_child_unregister(data);
  for (const int fd : program->ends) close(fd);
  // At the end of the server it has seen the end of its input. One that does not read is told in another way: nothing
  // is left behind.
  if (!program->running || ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_EXITING) return APR_SUCCESS;
  if (ended(program->process.pid, kLooks)) return APR_SUCCESS;
  kill(program->process.pid, SIGTERM);
  if (!ended(program->process.pid, kLooks / 2)) kill(program->process.pid, SIGKILL);
  return APR_SUCCESS;
}

}  // namespace

int start_trace_program(apr_pool_t* pool, const std::string& command, std::chrono::seconds retry_interval,
                        const ProgramReports& reports) {
  auto program = std::make_unique<TraceProgram>();
  program->command = command;
  program->retry_interval = retry_interval;
  program->reports = reports;
  program->pool = pool;
  if (pipe2(program->ends, O_CLOEXEC) != 0) {
    observe::log(reports.failed, "no pipe for %s: %s", command.c_str(), strerror(errno));
    return -1;
  }
  // Only ours: the program expects to wait for its input.
  fcntl(program->ends[1], F_SETFL, O_NONBLOCK);
  const int write_end = program->ends[1];
  (void)start(*program, std::chrono::seconds(0));
  apr_pool_cleanup_register(pool, program.release(), end, apr_pool_cleanup_null);
  return write_end;
}

}  // namespace navajo::glue
