#include "navajo/connector/backend.h"

#include <algorithm>

namespace navajo::connector {
namespace {

// Never 0, which means usable.
base::Duration::rep ticks(base::TimePoint when) {
  return std::max<base::Duration::rep>(when.time_since_epoch().count(), 1);
}

}  // namespace

bool Backend::claim(base::TimePoint now, base::Duration retry_after) {
  Ticks until = bad_until_.load(std::memory_order_relaxed);
  if (until == 0) return true;
  return until <= ticks(now) && bad_until_.compare_exchange_strong(until, ticks(now + retry_after));
}

void Backend::mark_bad(base::TimePoint now, base::Duration retry_after) {
  if (bad_until_.exchange(ticks(now + retry_after)) == 0) counters_.marked_bad.fetch_add(1);
}

bool Backend::mark_usable() { return bad() && bad_until_.exchange(0) != 0; }

void Backend::note_failure(Cause cause, base::TimePoint now) {
  last_failure_.store(cause, std::memory_order_relaxed);
  last_failure_at_.store(ticks(now), std::memory_order_relaxed);
}

}  // namespace navajo::connector
