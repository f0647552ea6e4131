#include "navajo/reactor/thread_times.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace navajo::reactor {

std::chrono::nanoseconds thread_cpu_time(int thread_id) {
  // The kernel's encoding of "CPU clock of thread N" (CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED), which glibc
  // keeps to itself except through a pthread_t.
  const clockid_t clock = static_cast<clockid_t>((~static_cast<unsigned>(thread_id)) << 3 | 6);
  timespec used{};
  if (clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

char thread_state(int thread_id) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread_id);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return '?';
  const ssize_t got = read(fd, text, sizeof text - 1);
  close(fd);
  if (got <= 0) return '?';
  text[got] = 0;
  // "pid (name) S ...": the name may hold anything, its closing parenthesis is the last one.
  const char* end = strrchr(text, ')');
  return end && end[1] == ' ' && end[2] ? end[2] : '?';
}

}  // namespace navajo::reactor
