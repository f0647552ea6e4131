// For tests: how often a thread has asked for memory. Include it in one file of a test program: malloc itself is
// counted, in all of the program. NAVAJO_COUNTS_ALLOCATIONS is not defined where that cannot be done (sanitizers,
// other C libraries).
#pragma once

#include <features.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define NAVAJO_COUNTS_ALLOCATIONS

#include <cstddef>
#include <cstdlib>

namespace navajo::base {
inline thread_local size_t t_allocations;  // of this thread, since it began
}

extern "C" void* __libc_malloc(size_t size);
extern "C" void* malloc(size_t size) noexcept {
  navajo::base::t_allocations++;
  return __libc_malloc(size);
}

#endif
