// What the kernel says a process uses, from /proc. Any thread; a few microseconds each.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace navajo::observe {

struct ProcessUse {
  uint64_t resident = 0;     // bytes, pages it shares with others among them
  uint64_t own = 0;          // bytes of it that no file and no shared memory stands behind
  double cpu_seconds = 0;    // of its threads
  double ended_cpu_seconds = 0;  // of children it has waited for
  uint64_t threads = 0;
};

// None: it is gone, or /proc does not show it to us (hidepid).
std::optional<ProcessUse> process_use(pid_t pid);

// Of this process, as jemalloc counts; none where another allocator is at work. Some ten microseconds.
struct AllocatorUse {
  uint64_t allocated = 0, active = 0, resident = 0, retained = 0;  // bytes
};
std::optional<AllocatorUse> allocator_use();

}  // namespace navajo::observe
