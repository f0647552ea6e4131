#include "navajo/cli/httpd_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace navajo::cli {
namespace {

constexpr size_t kOutputLimit = 1024 * 1024;

[[noreturn]] void exec_in_child(const std::vector<std::string>& words, const Environment& added, int report) {
  const base::Error error = become_program(words, added);
  dprintf(report, "%s\n", error.text.c_str());
  _exit(127);
}

base::Result<int> wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return base::Failed{base::Error{std::string("waiting for a program: ") + strerror(errno)}};
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

base::Error become_program(const std::vector<std::string>& words, const Environment& added) {
  for (const auto& [name, value] : added) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(words[0].c_str(), arguments.data());
  return {words[0] + " cannot be started: " + strerror(errno)};
}

base::Result<ProgramOutput> run_program(const std::vector<std::string>& words, const Environment& added) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return base::Failed{base::Error{std::string("no pipe: ") + strerror(errno)}};
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return base::Failed{base::Error{std::string("no process: ") + strerror(errno)}};
  }
  if (child == 0) {
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0) dup2(nothing, STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    exec_in_child(words, added, STDERR_FILENO);
  }
  close(ends[1]);
  ProgramOutput output;
  char buffer[4096];
  for (;;) {
    const ssize_t length = read(ends[0], buffer, sizeof buffer);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    if (output.text.size() < kOutputLimit) output.text.append(buffer, static_cast<size_t>(length));
  }
  close(ends[0]);
  const auto code = wait_for(child);
  if (!code) return base::Failed{code.error()};
  output.exit_code = *code;
  return output;
}

base::Result<int> run_attached(const std::vector<std::string>& words, const Environment& added) {
  const pid_t child = fork();
  if (child < 0) return base::Failed{base::Error{std::string("no process: ") + strerror(errno)}};
  if (child == 0) exec_in_child(words, added, STDERR_FILENO);
  return wait_for(child);
}

std::set<std::string, std::less<>> parse_compiled_in(const std::string& text) {
  std::set<std::string, std::less<>> names;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const size_t start = text.find_first_not_of(" \t", at);
    // Names are indented; the heading is not.
    if (start != std::string::npos && start > at && start < end && text.compare(end - 2, 2, ".c") == 0) {
      names.insert(text.substr(start, end - start));
    }
    at = end + 1;
  }
  return names;
}

}  // namespace navajo::cli
