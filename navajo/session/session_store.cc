#include "navajo/session/session_store.h"

#include <cstdio>

namespace navajo::session {

std::string log_id(uint64_t serial) {
  char text[16];
  snprintf(text, sizeof text, "%012llx", static_cast<unsigned long long>(serial >> 16));
  return text;
}

const char* word(Refusal refusal) {
  switch (refusal) {
    case Refusal::no_session: return "no_session";
    case Refusal::store_full: return "session_store_full";
    case Refusal::store_frozen: return "session_store_frozen";
    case Refusal::too_large: return "session_too_large";
  }
  return "";
}

}  // namespace navajo::session
