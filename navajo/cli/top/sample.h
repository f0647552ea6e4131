// What `navajo top` shows, at one moment: the numbers of all children, what their processes have used, session stores
// and backends.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "navajo/admin/line.h"
#include "navajo/cli/instance.h"
#include "navajo/observe/latency_histogram.h"
#include "navajo/observe/status_segment.h"

namespace navajo::cli::top {

struct ProcessUse {
  uint64_t ticks = 0;     // of processors, user and system; sysconf(_SC_CLK_TCK) a second
  uint64_t resident = 0;  // bytes
};

struct Sample {
  std::chrono::steady_clock::time_point at;
  observe::StatusNumbers numbers;
  observe::Latency requests, calls;  // since the server was started: whole requests, whole calls of backends
  std::map<uint32_t, ProcessUse> processes;  // by pid, the parent among them
  std::vector<admin::Line> stores, backends;
  std::string unanswered;  // why stores and backends are missing
};

// Blocks for at most `patience` for each of two questions.
base::Result<Sample> take_sample(const Instance& instance, std::chrono::milliseconds patience);

// "1234 (some name) S 1 ..." of /proc/PID/stat.
uint64_t ticks_of(const std::string& stat);

}  // namespace navajo::cli::top
