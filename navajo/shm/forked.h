// For tests: a child process that runs a function and tells by its exit code whether all was well. It never returns
// into the test runner, and it is waited for whatever happens.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace navajo::shm {

class Forked {
 public:
  // body returns true when the child found what it expected.
  template <class Body>
  explicit Forked(Body&& body) : pid_(fork()) {
    if (pid_ == 0) _exit(body() ? 0 : 1);
  }
  Forked(Forked&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  // The one before must be over.
  Forked& operator=(Forked&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~Forked() {
    if (pid_ > 0) kill_and_wait();
  }

  bool succeeded() {
    const int status = wait();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  void kill_and_wait() {
    kill(pid_, SIGKILL);
    (void)wait();
  }
  pid_t pid() const { return pid_; }

 private:
  int wait() {
    int status = -1;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }
  pid_t pid_;
};

}  // namespace navajo::shm
