// CPU time of other processes, in the two resolutions the kernel offers:
// - the total from the process CPU clock: nanoseconds, includes threads that have ended;
// - user and system from /proc/PID/stat: ticks of 10 ms, and their split is itself only sampled.
// And how busy the machine was as a whole, to tell whether somebody else was running meanwhile.
#pragma once

#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace bench {

struct CpuTime {
  double total_us = 0;
  double user_us = 0;
  double system_us = 0;

  CpuTime operator-(const CpuTime& earlier) const {
    return {total_us - earlier.total_us, user_us - earlier.user_us, system_us - earlier.system_us};
  }
};

// False when a process is gone: the measurement is then worth nothing.
inline bool add_cpu_time(pid_t pid, CpuTime& sum) {
  clockid_t clock;
  timespec now{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &now) != 0) return false;
  std::string path = "/proc/" + std::to_string(pid) + "/stat";
  FILE* file = std::fopen(path.c_str(), "r");
  if (!file) return false;
  char line[1024];
  std::size_t size = std::fread(line, 1, sizeof line - 1, file);
  std::fclose(file);
  line[size] = '\0';
  // The program's name may hold blanks and parentheses: the fields start behind the last one.
  const char* fields = std::strrchr(line, ')');
  unsigned long long user = 0, system = 0;
  if (!fields || std::sscanf(fields + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) != 2)
    return false;
  double tick_us = 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
  sum.total_us += static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
  sum.user_us += static_cast<double>(user) * tick_us;
  sum.system_us += static_cast<double>(system) * tick_us;
  return true;
}

inline bool cpu_time_of(const std::vector<pid_t>& pids, CpuTime& sum) {
  sum = {};
  for (pid_t pid : pids) {
    if (!add_cpu_time(pid, sum)) return false;
  }
  return true;
}

struct MachineTime {
  double busy_us = 0;    // all cores: user, nice, system, irq, softirq
  double stolen_us = 0;  // taken by the hypervisor
};

inline MachineTime machine_time() {
  MachineTime time;
  FILE* file = std::fopen("/proc/stat", "r");
  if (!file) return time;
  unsigned long long user, nice, system, idle, iowait, irq, softirq, steal;
  if (std::fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &iowait, &irq,
                  &softirq, &steal) == 8) {
    double tick_us = 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
    time.busy_us = static_cast<double>(user + nice + system + irq + softirq) * tick_us;
    time.stolen_us = static_cast<double>(steal) * tick_us;
  }
  std::fclose(file);
  return time;
}

}  // namespace bench
