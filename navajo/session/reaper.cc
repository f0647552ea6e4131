#include "navajo/session/reaper.h"

#include <unistd.h>

#include <algorithm>

#include "navajo/observe/log.h"
#include "navajo/observe/trace.h"

namespace navajo::session {
namespace {

using Life = StoreCore::Life;
constexpr double kHourMs = 3'600'000;

unsigned long long number(uint64_t n) { return n; }

}  // namespace

// Two that run after a lease ran out do no harm: all they do to a session is done with its lock.
bool Reaper::take_lease(uint64_t now) {
  HeaderShm& header = store_.core().memory().header();
  uint64_t until = header.lease_until.load();
  const auto self = static_cast<uint64_t>(getpid());
  if (now < until && header.lease_holder.load() != self) return false;
  if (!header.lease_until.compare_exchange_strong(until, now + kLeaseMs)) return false;
  header.lease_holder.store(self);
  return true;
}

void Reaper::visit_stripes() {
  const StoreMemory& memory = store_.core().memory();
  for (uint32_t i = 0; i < memory.geometry().stripes; i++) const StripeGuard guard(memory, i);
  if (memory.header().repair_wanted.load() == 0) return;
  const WalkReport report = store_.repair();
  if (report.orphans == 0 && report.damaged == 0 && report.wrong_sums.empty()) return;
  observe::log(observe::id::session_store_repaired,
               "session store %s put right after a process died in it: %u blocks freed, %u damaged sessions dropped, "
               "%u sessions kept",
               store_.name().c_str(), report.orphans, report.damaged, report.sessions);
}

void Reaper::step(uint32_t from, uint32_t to) {
  StoreCore& core = store_.core();
  const StoreMemory& memory = core.memory();
  const uint64_t now = core.now_ms();
  for (uint32_t block = from; block < to; block++) {
    if (block % kGroupBlocks == 0 && memory.fill(block / kGroupBlocks).load(std::memory_order_relaxed) == 0) {
      block += kGroupBlocks - 1;
      continue;
    }
    // A look without the lock may be wrong, so what it finds is looked at again with it.
    if (!memory.is_head(block) || (core.is_live(block) && core.life(block, now) == Life::lasts)) continue;
    const StripeGuard guard(memory, block);
    if (!guard || !memory.is_head(block)) continue;
    if (!core.is_live(block)) {
      memory.header().repair_wanted.store(1);  // its end was interrupted for ever
      continue;
    }
    const Life life = core.life(block, core.now_ms());
    if (life != Life::lasts) core.end(block, life == Life::idle_too_long ? kExpiredIdle : kExpiredLifetime);
  }
}

void Reaper::end_pass() {
  HeaderShm& header = store_.core().memory().header();
  const uint64_t now = store_.core().now_ms();
  const StoreNumbers n = store_.numbers();
  const uint64_t expired = n.expired_idle + n.expired_lifetime;
  const uint64_t timed_out = expired - std::min(expired, header.pass_expired.exchange(expired));
  const uint64_t ended_before = header.last_pass_ended.exchange(now);
  const uint64_t used_before = header.used_then.exchange(n.memory_used);
  if (ended_before != 0 && now > ended_before) {
    const double rate = (static_cast<double>(n.memory_used) - static_cast<double>(used_before)) /
                        static_cast<double>(now - ended_before) * kHourMs;
    // Some ten passes decide: one burst of logins is no trend.
    const double smoothed = static_cast<double>(header.growth.load()) * 0.9 + rate * 0.1;
    header.growth.store(static_cast<int64_t>(std::clamp(smoothed, -9e17, 9e17)));
  }
  header.cursor.store(0);
  header.pass_began.store(0);
  store_.core().watch_level();
  observe::trace(observe::TraceGroup::NPReaperOp, observe::TraceLevel::info,
                 "LocalCacheTable statistics for %s: used session: %llu, timed out sessions: %llu, Used memory: %llu "
                 "(%llu%%), available Memory: %llu",
                 store_.name().c_str(), number(n.active), number(timed_out), number(n.memory_used),
                 number(n.memory_used * 100 / n.memory_size), number(n.memory_size - n.memory_used));
}

Reaper::Run Reaper::run(base::FunctionRef<bool()> stop) {
  StoreCore& core = store_.core();
  HeaderShm& header = core.memory().header();
  const uint64_t started = core.now_ms();
  const uint64_t ended = header.last_pass_ended.load();
  const bool goes_on = header.pass_began.load() != 0;
  if (!goes_on && ended != 0 && started < ended + static_cast<uint64_t>(options_.interval.count()))
    return Run::not_due;
  if (!take_lease(started)) return Run::held_by_another;
  if (!goes_on) header.pass_began.store(started);
  visit_stripes();
  const uint32_t end = core.memory().committed();
  Run result = Run::pass_ended;
  for (uint32_t at = header.cursor.load(); at < end;) {
    const uint32_t to = std::min(end, at - at % kGroupBlocks + kStep);
    step(at, to);
    header.cursor.store(at = to);
    const uint64_t now = core.now_ms();
    header.lease_until.store(now + kLeaseMs);
    if (at >= end) break;
    if (now - started > static_cast<uint64_t>(options_.timeout.count())) {
      observe::log(observe::id::session_reaper_slow,
                   "session store %s: looking for sessions that timed out takes longer than ReaperTimeOut (%lld s), it "
                   "goes on in the next run",
                   store_.name().c_str(),
                   static_cast<long long>(std::chrono::duration_cast<std::chrono::seconds>(options_.timeout).count()));
      result = Run::timed_out;
      break;
    }
    if (stop()) {
      result = Run::stopped;
      break;
    }
  }
  if (result == Run::pass_ended) end_pass();
  header.lease_until.store(0);
  return result;
}

}  // namespace navajo::session
