// Random bytes of the kernel, for keys and ids nobody can guess. Any thread.
#pragma once

#include <cstddef>

namespace navajo::base {

// False when the system has none.
[[nodiscard]] bool random_bytes(void* into, size_t length);

}  // namespace navajo::base
