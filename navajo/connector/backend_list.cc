#include "navajo/connector/backend_list.h"

#include "navajo/observe/log.h"

namespace navajo::connector {
namespace {

constexpr std::chrono::seconds kLastResortPause{1};

}  // namespace

BackendList::BackendList(const std::vector<BackendAddress>& addresses, base::Duration retry_timeout,
                         size_t max_connections, size_t wait_queue)
    : retry_timeout_(retry_timeout) {
  for (const BackendAddress& address : addresses)
    backends_.push_back(std::make_unique<Backend>(address, max_connections, wait_queue));
}

size_t BackendList::choose(const Tried& tried, base::TimePoint now) {
  for (size_t i = 0; i < backends_.size(); i++)
    if (!tried.has(i) && backends_[i]->claim(now, retry_timeout_)) return i;
  if (tried.count() > 0) return kNone;
  // All are bad, and none is due.
  const auto ticks = now.time_since_epoch().count();
  auto due = next_last_resort_.load();
  if (due > ticks) return kNone;
  if (!next_last_resort_.compare_exchange_strong(due, (now + kLastResortPause).time_since_epoch().count()))
    return kNone;
  return last_resort_turn_.fetch_add(1) % backends_.size();
}

size_t BackendList::likely_next(const Tried& tried) const {
  for (size_t i = 0; i < backends_.size(); i++)
    if (!tried.has(i) && !backends_[i]->bad()) return i;
  return kNone;
}

void BackendList::connect_failed(size_t index, Cause cause, base::TimePoint now) {
  Backend& backend = *backends_[index];
  backend.counters().connect_failures.fetch_add(1, std::memory_order_relaxed);
  backend.note_failure(cause, now);
  if (backends_.size() > 1) backend.mark_bad(now, retry_timeout_);
}

void BackendList::connected(size_t index) {
  Backend& backend = *backends_[index];
  if (backend.mark_usable())
    observe::log(observe::id::backend_usable_again, "backend %s is usable again", backend.name());
}

}  // namespace navajo::connector
