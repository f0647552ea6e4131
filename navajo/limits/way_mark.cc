#include "navajo/limits/way_mark.h"

#include <unistd.h>

#include "navajo/observe/process_identity.h"

namespace navajo::limits {

// A pid has fewer than 31 bits: the mark is never taken for a key.
uint64_t own_mark() {
  static thread_local pid_t known = 0;
  static thread_local uint64_t mark = 0;
  if (const pid_t now = getpid(); now != known) {
    mark = observe::ProcessIdentity::self().word() & ~kKeyBit;
    known = now;
  }
  return mark;
}

bool taker_lives(uint64_t mark) { return observe::ProcessIdentity(mark).alive(); }

}  // namespace navajo::limits
