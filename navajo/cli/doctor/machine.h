// What the machine is set to: kernel, shared memory, SELinux, clock, files a process may open. Read below `root`, so
// that tests can bring a machine of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "navajo/cli/doctor/finding.h"

namespace navajo::cli::doctor {

struct Demand {
  uint64_t connections_per_child = 0;  // 0: no configuration was given
  uint64_t shared_memory = 0;          // bytes
};

class Machine {
 public:
  explicit Machine(std::string root = "") : root_(std::move(root)) {}

  void kernel(Findings& findings) const;
  void shared_memory(const Demand& demand, Findings& findings) const;
  void selinux(Findings& findings) const;
  // hard: what a process may raise its limit of open files to.
  void descriptors(uint64_t hard, const Demand& demand, Findings& findings) const;

  // The first number of a file; none: it is not there.
  std::optional<uint64_t> number(const std::string& path, size_t index = 0) const;

 private:
  std::string root_;
};

// Of this process and this moment, not below a root.
void clock_is_kept(Findings& findings);
// Patterns are compiled just in time, in this process.
void just_in_time(Findings& findings);

}  // namespace navajo::cli::doctor
