#include "navajo/limits/shared_limits.h"

#include <algorithm>
#include <cstring>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::limits {
namespace {

using observe::Counter;

constexpr uint64_t kPage = 4096;
constexpr size_t kShownCredits = 100;
constexpr int64_t kTellEveryNs = 10'000'000'000;

uint64_t up_to_page(uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }
constexpr uint64_t kSlotsAt = kPage;
uint64_t rates_at() { return kSlotsAt + up_to_page(sizeof(SlotTable::Layout)); }
uint64_t credits_at(uint32_t rate_rows) {
  return rates_at() + up_to_page(uint64_t{rate_rows} * sizeof(RateTable::RowShm));
}

uint64_t to_ns(base::TimePoint time) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

double number(const std::atomic<uint64_t>& value) { return static_cast<double>(value.load(std::memory_order_relaxed)); }

}  // namespace

SharedLimits::SharedLimits(const LimitsOptions& options, shm::Segment segment)
    : options_(options),
      segment_(std::move(segment)),
      slots_(*reinterpret_cast<SlotTable::Layout*>(segment_.data() + kSlotsAt)),
      rates_(reinterpret_cast<RateTable::RowShm*>(segment_.data() + rates_at()), header().rate_rows, header().rates),
      credits_(reinterpret_cast<CreditTable::RowShm*>(segment_.data() + credits_at(header().rate_rows)),
               header().credit_rows, header().credits),
      names_(header().names) {
  static_assert(sizeof(LimitsHeaderShm) <= kPage);
}

bool SharedLimits::make_present(std::atomic<uint32_t>& present, uint64_t offset, uint64_t bytes) const {
  if (!segment_.commit(offset, bytes).ok()) return false;
  present.store(1, std::memory_order_release);
  return true;
}

bool SharedLimits::rates_present() const {
  if (header().rates_present.load(std::memory_order_acquire) != 0) [[likely]]
    return true;
  return make_present(header().rates_present, rates_at(), uint64_t{header().rate_rows} * sizeof(RateTable::RowShm));
}

bool SharedLimits::credits_present() const {
  if (header().credits_present.load(std::memory_order_acquire) != 0) [[likely]]
    return true;
  return make_present(header().credits_present, credits_at(header().rate_rows),
                      uint64_t{header().credit_rows} * sizeof(CreditTable::RowShm));
}

RateDecision SharedLimits::rate(const Key& key, const RateSpec& spec, base::TimePoint now, uint64_t cost) {
  observe::count(Counter::limiter_decisions);
  RateDecision decision;
  if (rates_present()) [[likely]] {
    decision = rates_.decide(key, spec, to_ns(now), cost);
  } else {
    decision = {
        .allowed = false, .limit = spec.limit, .reset_after = spec.window, .retry_after = spec.window, .crowded = true};
  }
  if (!decision.allowed)
    observe::count(Counter::limiter_refused);
  else if (decision.delay.count() > 0)
    observe::count(Counter::limiter_delayed);
  return decision;
}

CreditDecision SharedLimits::credit(const Key& key, const CreditSpec& spec, int64_t wall_seconds, uint64_t price,
                                    std::string_view label) {
  observe::count(Counter::limiter_decisions);
  CreditDecision decision;
  if (credits_present()) [[likely]]
    decision = credits_.use(key, spec, wall_seconds, price, CreditTable::Mode::within, label);
  else
    decision = {.allowed = false, .limit = spec.amount, .reset_after = std::chrono::seconds(60), .crowded = true};
  if (!decision.allowed)
    observe::count(Counter::credits_refused);
  else if (decision.delay.count() > 0)
    observe::count(Counter::limiter_delayed);
  return decision;
}

void SharedLimits::charge(const Key& key, const CreditSpec& spec, int64_t wall_seconds, uint64_t price,
                          std::string_view label) {
  if (price != 0 && credits_present())
    (void)credits_.use(key, spec, wall_seconds, price, CreditTable::Mode::beyond, label);
}

Slot SharedLimits::enter(const Key& key, uint64_t limit) { return slots_.enter(key, limit); }

bool SharedLimits::begin_sleep() {
  uint32_t now = sleepers_.load(std::memory_order_relaxed);
  do {
    if (now < options_.max_sleepers) continue;
    const int64_t at = base::coarse_now().time_since_epoch().count();
    int64_t told = told_sleepers_.load(std::memory_order_relaxed);
    if (at - told > kTellEveryNs && told_sleepers_.compare_exchange_strong(told, at))
      observe::log(observe::id::sleepers_full,
                   "%u requests of this process are being delayed by soft limits, which is maxSleepers: more of them "
                   "are refused",
                   options_.max_sleepers);
    return false;
  } while (!sleepers_.compare_exchange_weak(now, now + 1, std::memory_order_relaxed));
  observe::gauge(observe::Gauge::sleepers).fetch_add(1, std::memory_order_relaxed);
  return true;
}

void SharedLimits::end_sleep() {
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
  observe::gauge(observe::Gauge::sleepers).fetch_sub(1, std::memory_order_relaxed);
}

void SharedLimits::report(api::StatusWriter& writer) const {
  const LimitsHeaderShm& head = header();
  writer.begin("limits");
  writer.number("memory", static_cast<double>(uint64_t{head.rate_rows} * sizeof(RateTable::RowShm)));
  const auto table = [&writer](const auto& numbers, uint64_t room) {
    writer.number("keys", number(numbers.keys) - number(numbers.dropped));
    writer.number("room", static_cast<double>(room));
    writer.number("evictions", number(numbers.evictions));
    writer.number("crowded", number(numbers.crowded));
    writer.number("repaired", number(numbers.repaired));
  };
  writer.begin("rates");
  table(head.rates, uint64_t{head.rate_rows} * RateTable::kWays);
  writer.end();
  writer.begin("credits");
  table(head.credits, uint64_t{head.credit_rows} * CreditTable::kWays);
  writer.number("saves", number(head.saves));
  writer.number("saves_failed", number(head.saves_failed));
  size_t shown = 0;
  visit_credits([&](const CreditUse& use) {
    if (use.label.empty()) return true;
    writer.begin("credit " + std::string(use.label));
    writer.number("amount", static_cast<double>(use.amount));
    writer.number("remaining", static_cast<double>(use.remaining()));
    writer.number("ends", static_cast<double>(use.ends));
    writer.end();
    return ++shown < kShownCredits;
  });
  writer.end();
  writer.begin("slots");
  slots_.report(writer);
  writer.end();
  writer.end();
}

}  // namespace navajo::limits
