#include "navajo/session/store_numbers.h"

namespace navajo::session {

const char* state_word(unsigned level) {
  static constexpr const char* kWords[] = {"normal", "above 70 %", "above 90 %: no new sessions",
                                           "above 95 %: no session is created or changed"};
  return kWords[level > 3 ? 3 : level];
}

}  // namespace navajo::session
