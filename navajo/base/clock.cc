#include "navajo/base/clock.h"

namespace navajo::base {

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace navajo::base
