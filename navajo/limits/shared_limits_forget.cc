// What an administrator sees of keys, and has forgotten.
#include <algorithm>
#include <cstring>
#include <string>

#include "navajo/limits/shared_limits.h"

namespace navajo::limits {
namespace {

CreditUse use_of(const CreditRecord& record) {
  return {.label = std::string_view(record.label, strnlen(record.label, sizeof record.label)),
          .used = CreditTable::used_of(record.word),
          .amount = record.amount,
          .ends = record.end,
          .id = record.high};
}

uint64_t ns_of(base::TimePoint time) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

}  // namespace

void SharedLimits::visit_credits(base::FunctionRef<bool(const CreditUse&)> visit) const {
  if (header().credits_present.load(std::memory_order_acquire) == 0) return;
  credits_.for_each([&](const CreditRecord& record) { return visit(use_of(record)); });
}

uint32_t SharedLimits::visit_rates(uint32_t from, base::TimePoint now,
                                   base::FunctionRef<void(const RateUse&)> visit) const {
  if (header().rates_present.load(std::memory_order_acquire) == 0 || from >= rates_.rows()) return 0;
  const uint32_t to = std::min(from + kVisited, rates_.rows());
  rates_.for_each(from, to, ns_of(now), [&](const RateUse& use) {
    RateUse named = use;
    const std::string name = names_.get(use.id);
    named.name = name;
    visit(named);
  });
  return to < rates_.rows() ? to : 0;
}

uint64_t SharedLimits::forget(const Key& key) {
  uint64_t forgotten = 0;
  if (header().rates_present.load() != 0) forgotten += rates_.forget(key, ns_of(base::system_clock().now()));
  if (header().credits_present.load() != 0) forgotten += credits_.forget(key);
  return forgotten;
}

uint64_t SharedLimits::forget_credits(base::FunctionRef<bool(const CreditUse&)> which) {
  if (header().credits_present.load() == 0) return 0;
  return credits_.forget([&](const CreditRecord& record) { return which(use_of(record)); });
}

uint32_t SharedLimits::forget_rates(uint32_t from, base::TimePoint now, base::FunctionRef<bool(const RateUse&)> which,
                                    uint64_t& forgotten) {
  if (header().rates_present.load() == 0 || from >= rates_.rows()) return 0;
  const uint32_t to = std::min(from + kVisited, rates_.rows());
  forgotten += rates_.forget(from, to, ns_of(now), which);
  return to < rates_.rows() ? to : 0;
}

// Each save writes one of the two sets of the file.
bool SharedLimits::save_forgotten() { return save() && save(); }

}  // namespace navajo::limits
