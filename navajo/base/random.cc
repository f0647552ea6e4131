#include "navajo/base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdint>

namespace navajo::base {

bool random_bytes(void* into, size_t length) {
  auto* at = static_cast<uint8_t*>(into);
  while (length > 0) {
    const ssize_t got = getrandom(at, length, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    length -= static_cast<size_t>(got);
  }
  return true;
}

}  // namespace navajo::base
