// What a load generator reads at both ends of its window, and how it sums up what it saw between them.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "cpu_clock.h"

namespace bench {

// "12,34"; "none" is an empty list.
inline std::vector<pid_t> pid_list(const std::string& text) {
  std::vector<pid_t> pids;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    if (int pid = std::atoi(part.c_str()); pid > 0) pids.push_back(pid);
  }
  return pids;
}

inline std::uint32_t percentile(const std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

// What was running at one end of the window.
struct Sample {
  std::chrono::steady_clock::time_point when = std::chrono::steady_clock::now();
  CpuTime proxy, ours;
  MachineTime machine = machine_time();
  bool complete = true;

  Sample(const std::vector<pid_t>& proxy_pids, const std::vector<pid_t>& our_pids) {
    complete = cpu_time_of(proxy_pids, proxy) && cpu_time_of(our_pids, ours);
  }
};

// From one end to the other.
struct Spent {
  double seconds;
  CpuTime proxy;
  double foreign_us;  // that neither the proxy nor our own programs had
  double stolen_us;
  bool complete;      // false: a process of the proxy has ended

  Spent(const Sample& before, const Sample& after)
      : seconds(std::chrono::duration<double>(after.when - before.when).count()),
        proxy(after.proxy - before.proxy),
        stolen_us(after.machine.stolen_us - before.machine.stolen_us),
        complete(before.complete && after.complete) {
    const CpuTime ours = after.ours - before.ours;
    foreign_us = std::max(0.0, after.machine.busy_us - before.machine.busy_us - proxy.total_us - ours.total_us);
  }
};

}  // namespace bench
