#include "navajo/config/command_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kLongestOutput = 65536;  // what comes after it is read and dropped

struct Pipe {
  int ends[2] = {-1, -1};
  bool open() { return pipe2(ends, O_CLOEXEC) == 0; }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(int which) {
    if (ends[which] >= 0) close(ends[which]);
    ends[which] = -1;
  }
};

// Between fork and exec: only calls that are safe there.
[[noreturn]] void become_command(const char* command, int out, int err) {
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGHUP, SIGTERM, SIGCHLD, SIGUSR1}) signal(number, SIG_DFL);
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(126);
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3U, ~0U, 0U) != 0)
#endif
    for (int fd = 3; fd < 1024; fd++) close(fd);
  execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
  _exit(127);
}

std::string first_line(const std::string& text) { return std::string(trim(text.substr(0, text.find('\n')))); }

class Run {
 public:
  explicit Run(std::chrono::milliseconds limit) : limit_(limit), until_(Clock::now() + limit) {}

  base::Result<std::string> operator()(const std::string& command) {
    if (!out_.open() || !err_.open()) return failed(std::string("no pipe: ") + strerror(errno));
    const pid_t child = fork();
    if (child < 0) return failed(std::string("no process: ") + strerror(errno));
    if (child == 0) become_command(command.c_str(), out_.ends[1], err_.ends[1]);
    setpgid(child, child);  // whoever is first
    out_.close_end(1);
    err_.close_end(1);
    const bool in_time = read_to_the_end();
    if (!in_time) kill(-child, SIGKILL);
    const int status = wait_for(child);
    kill(-child, SIGKILL);  // what it left behind in its group
    if (!in_time || timed_out_) return failed("took longer than " + std::to_string(limit_.count()) + " ms");
    if (WIFSIGNALED(status)) return failed("was ended by signal " + std::to_string(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0) return failed("ended with status " + std::to_string(WEXITSTATUS(status)));
    std::string line = first_line(output_);
    if (line.empty()) return failed("wrote nothing to its standard output");
    return line;
  }

 private:
  int left() const {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - Clock::now()).count();
    return rest > 0 ? static_cast<int>(rest) : 0;
  }

  // False when the time is up.
  bool read_to_the_end() {
    pollfd waited[] = {{out_.ends[0], POLLIN, 0}, {err_.ends[0], POLLIN, 0}};
    std::string* const texts[] = {&output_, &errors_};
    while (waited[0].fd >= 0 || waited[1].fd >= 0) {
      const int ready = poll(waited, 2, left());
      if (ready == 0) return false;
      if (ready < 0 && errno != EINTR) return false;
      for (int i = 0; ready > 0 && i < 2; i++) {
        if (waited[i].fd < 0 || waited[i].revents == 0) continue;
        char buffer[4096];
        const ssize_t got = read(waited[i].fd, buffer, sizeof buffer);
        if (got > 0 && texts[i]->size() < kLongestOutput) texts[i]->append(buffer, static_cast<size_t>(got));
        if (got == 0 || (got < 0 && errno != EINTR)) waited[i].fd = -1;
      }
    }
    return true;
  }

  // It has closed its outputs and so is about to end; if it is not, the time limit holds all the same.
  int wait_for(pid_t child) {
    int status = 0;
    for (;;) {
      const pid_t got = waitpid(child, &status, WNOHANG);
      if (got == child) return status;
      if (got < 0 && errno != EINTR) return 0;
      if (left() == 0 && !timed_out_) {
        timed_out_ = true;
        kill(-child, SIGKILL);
      }
      poll(nullptr, 0, 2);
    }
  }

  base::Failed<base::Error> failed(std::string why) const {
    const std::string said = first_line(errors_);
    return base::Failed{base::Error{said.empty() ? why : why + ": " + printable(said)}};
  }

  std::chrono::milliseconds limit_;
  Clock::time_point until_;
  Pipe out_, err_;
  std::string output_, errors_;
  bool timed_out_ = false;
};

}  // namespace

base::Result<std::string> command_output(const std::string& command, std::chrono::milliseconds limit) {
  const std::string key = "${exec:" + command + "}", failure = key + " failed";
  if (const std::string* kept = kept_text(key)) return *kept;
  if (const std::string* kept = kept_text(failure)) return base::Failed{base::Error{*kept}};
  base::Result<std::string> line = Run(limit)(command);
  keep_text(line.ok() ? key : failure, line.ok() ? *line : line.error().text);
  return line;
}

}  // namespace navajo::config
