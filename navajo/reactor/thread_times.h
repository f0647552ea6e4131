// What the kernel knows of a thread of this process: its processor time and its state. Zero and '?' when it is gone.
// Source: proc(5), /proc/PID/task/TID/stat; clock_getcpuclockid(3).
#pragma once

#include <chrono>

namespace navajo::reactor {

std::chrono::nanoseconds thread_cpu_time(int thread_id);
char thread_state(int thread_id);  // 'R' running or runnable, 'S' sleeping, 'D' in the disk ...

}  // namespace navajo::reactor
