// The names under which a store's numbers are told, wherever they are: status page, admin socket, `navajo status`.
#pragma once

#include "navajo/session/session_store.h"

namespace navajo::session {

struct StoreNumberRow {
  const char* name;
  uint64_t StoreNumbers::*number;
};
inline constexpr StoreNumberRow kStoreNumberRows[] = {
    {"sessions_active", &StoreNumbers::active},
    {"memory_size_bytes", &StoreNumbers::memory_size},
    {"memory_used_bytes", &StoreNumbers::memory_used},
    {"sessions_created", &StoreNumbers::created},
    {"sessions_expired_idle", &StoreNumbers::expired_idle},
    {"sessions_expired_lifetime", &StoreNumbers::expired_lifetime},
    {"sessions_invalidated", &StoreNumbers::invalidated},
    {"sessions_renewed", &StoreNumbers::renewed},
    {"lookups_found", &StoreNumbers::found},
    {"lookups_missed", &StoreNumbers::missed},
    {"refused_new_sessions", &StoreNumbers::refused_new},
    {"refused_changes", &StoreNumbers::refused_change},
    {"refused_session_too_large", &StoreNumbers::refused_size},
    {"refused_no_memory", &StoreNumbers::refused_memory},
    {"kept_newer_attributes", &StoreNumbers::kept_newer},
    {"repairs", &StoreNumbers::repairs},
    {"blocks_repaired", &StoreNumbers::orphans},
    {"sessions_damaged", &StoreNumbers::damaged},
};
// Only while memory grows: then in so many seconds no new session is created.
inline constexpr char kFullInName[] = "seconds_to_90_percent";

// "normal", "above 90 %: no new sessions"
const char* state_word(unsigned level);

}  // namespace navajo::session
