// Tells AddressSanitizer about stack switches; nothing in other builds.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define NAVAJO_FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NAVAJO_FIBER_ASAN 1
#endif
#endif

#ifdef NAVAJO_FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace navajo::reactor::sanitizer {

// What a finished fiber's frames left marked as poisoned is free memory again.
inline void forget([[maybe_unused]] const void* low, [[maybe_unused]] size_t size) {
#ifdef NAVAJO_FIBER_ASAN
  __asan_unpoison_memory_region(low, size);
#endif
}

inline void leaving([[maybe_unused]] void** keep, [[maybe_unused]] const void* bottom, [[maybe_unused]] size_t size) {
#ifdef NAVAJO_FIBER_ASAN
  __sanitizer_start_switch_fiber(keep, bottom, size);
#endif
}

inline void arrived([[maybe_unused]] void* kept, [[maybe_unused]] const void** from_bottom,
                    [[maybe_unused]] size_t* from_size) {
#ifdef NAVAJO_FIBER_ASAN
  __sanitizer_finish_switch_fiber(kept, from_bottom, from_size);
#endif
}

}  // namespace navajo::reactor::sanitizer
