// A process as one word: its pid and a mark of when it started, so that a pid the kernel has given to
// somebody else is not taken for the process we knew. Read from /proc/PID/stat; where that cannot be read
// (hidepid) the mark is 0 and the pid alone decides. Any thread; no allocation.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace navajo::observe {

class ProcessIdentity {
 public:
  ProcessIdentity() = default;
  explicit ProcessIdentity(uint64_t word) : word_(word) {}
  // Of a process that runs now; mark 0 if it does not or cannot be looked at.
  static ProcessIdentity of(pid_t pid);
  static ProcessIdentity self();

  uint64_t word() const { return word_; }
  pid_t pid() const { return static_cast<pid_t>(word_ >> 32); }
  uint32_t mark() const { return static_cast<uint32_t>(word_); }
  // A zombie is not alive: it will never count again.
  bool alive() const;

 private:
  uint64_t word_ = 0;
};

}  // namespace navajo::observe
