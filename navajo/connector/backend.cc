#include "navajo/connector/backend.h"

namespace navajo::connector {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
// The line is shared by all children: not written with every request.
constexpr base::Duration kSuccessStep = std::chrono::seconds(1);

}  // namespace

bool Backend::claim(base::TimePoint now, base::Duration retry_after) {
  Ticks until = health_.bad_until.load(kRelaxed);
  if (until == 0) return true;
  if (until > ticks(now) || !health_.bad_until.compare_exchange_strong(until, ticks(now + retry_after))) return false;
  health_.last_retry_at.store(ticks(now), kRelaxed);
  return true;
}

bool Backend::mark_bad(Cause why, base::TimePoint now, base::Duration retry_after) {
  health_.bad_because.store(why, kRelaxed);
  if (health_.bad_until.exchange(ticks(now + retry_after)) != 0) return false;
  health_.counters.marked_bad.fetch_add(1, kRelaxed);
  return true;
}

bool Backend::mark_usable() {
  if (!bad() || health_.bad_until.exchange(0) == 0) return false;
  health_.failures_in_a_row.store(0, kRelaxed);
  return true;
}

void Backend::note_failure(Cause cause, base::TimePoint now) {
  health_.last_failure.store(cause, kRelaxed);
  health_.last_failure_at.store(ticks(now), kRelaxed);
}

void Backend::note_success(int status, base::TimePoint now) {
  const size_t klass = status >= 100 && status < 600 ? static_cast<size_t>(status / 100) : 0;
  health_.counters.answers[klass].fetch_add(1, kRelaxed);
  if (health_.failures_in_a_row.load(kRelaxed) != 0) health_.failures_in_a_row.store(0, kRelaxed);
  const Ticks at = ticks(now);
  if (at - health_.last_success_at.load(kRelaxed) >= kSuccessStep.count()) health_.last_success_at.store(at, kRelaxed);
}

}  // namespace navajo::connector
