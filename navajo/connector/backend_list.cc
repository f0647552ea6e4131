#include "navajo/connector/backend_list.h"

#include <algorithm>

#include "navajo/observe/log.h"

namespace navajo::connector {
namespace {

constexpr std::chrono::seconds kLastResortPause{1};
// The retry budget counts anew after so long, and so many retries are free: with few requests a share of them is none.
constexpr std::chrono::seconds kBudgetPeriod{10};
constexpr uint64_t kFreeRetries = 10;

}  // namespace

BackendList::BackendList(const std::vector<BackendAddress>& addresses, const BackendOptions& options,
                         shm::Arena* arena)
    : options_(options), health_(addresses.size(), arena) {
  for (size_t i = 0; i < addresses.size(); i++) {
    backends_.push_back(std::make_unique<Backend>(addresses[i], health_.backend(i), options.max_connections,
                                                  options.wait_queue));
    if (i + 1 == addresses.size() || addresses[i + 1].group != addresses[i].group) group_ends_.push_back(i + 1);
  }
}

size_t BackendList::choose(const Tried& tried, base::TimePoint now, size_t wished) {
  if (wished < size() && !tried.has(wished) && take(wished, now)) return wished;
  // One turn for all groups: a turn per group would step over members in time with each other.
  size_t turn = 0;
  if (options_.balancing == Balancing::round_robin)
    turn = health_.balancer().turn.fetch_add(1, std::memory_order_relaxed);
  size_t begin = 0;
  for (const size_t end : group_ends_) {
    if (const size_t index = choose_in(begin, end, turn, tried, now); index != kNone) return index;
    begin = end;
  }
  return tried.count() > 0 ? kNone : last_resort(now);
}

size_t BackendList::choose_in(size_t begin, size_t end, size_t turn, const Tried& tried, base::TimePoint now) {
  for (size_t i = 0; i < end - begin; i++) {
    const size_t index = begin + (turn + i) % (end - begin);
    if (!tried.has(index) && take(index, now)) return index;
  }
  return kNone;
}

bool BackendList::take(size_t index, base::TimePoint now) {
  if (options_.recovery == Recovery::by_probe) return !backends_[index]->bad();
  return backends_[index]->claim(now, options_.retry_timeout);
}

// All are bad, and none is due.
size_t BackendList::last_resort(base::TimePoint now) {
  BalancerShm& balancer = health_.balancer();
  Ticks due = balancer.next_last_resort.load();
  if (due > ticks(now) || !balancer.next_last_resort.compare_exchange_strong(due, ticks(now + kLastResortPause)))
    return kNone;
  return balancer.last_resort_turn.fetch_add(1) % size();
}

void BackendList::connect_failed(size_t index, Cause cause, base::TimePoint now) {
  Backend& backend = *backends_[index];
  backend.counters().connect_failures.fetch_add(1, std::memory_order_relaxed);
  backend.note_failure(cause, now);
  if (size() > 1) backend.mark_bad(cause, now, options_.retry_timeout);
}

void BackendList::connected(size_t index) {
  if (options_.recovery == Recovery::by_request && backends_[index]->unreachable()) mark_usable(index);
}

void BackendList::request_failed(size_t index, Cause cause, base::TimePoint now) {
  Backend& backend = *backends_[index];
  backend.note_failure(cause, now);
  const uint32_t in_a_row = backend.health().failures_in_a_row.fetch_add(1, std::memory_order_relaxed) + 1;
  if (backend.bad()) {  // the one who tried it
    backend.mark_bad(cause, now, options_.retry_timeout);
    return;
  }
  if (options_.max_failures == 0 || in_a_row < options_.max_failures || size() == 1) return;
  const auto bad = static_cast<size_t>(
      std::count_if(backends_.begin(), backends_.end(), [](const auto& other) { return other->bad(); }));
  if ((bad + 1) * 100 > options_.max_bad_percent * size()) return;
  if (backend.mark_bad(cause, now, options_.retry_timeout))
    observe::log(observe::id::backend_ejected,
                 "backend %s failed %u requests in a row (the last: %s), it is left alone", backend.name(), in_a_row,
                 word(cause));
}

void BackendList::answered(size_t index, int status, base::TimePoint now) {
  Backend& backend = *backends_[index];
  backend.note_success(status, now);
  if (options_.recovery == Recovery::by_request && backend.bad() && !backend.unreachable()) mark_usable(index);
}

void BackendList::probed_well(size_t index) { mark_usable(index); }

void BackendList::mark_usable(size_t index) {
  Backend& backend = *backends_[index];
  if (backend.mark_usable())
    observe::log(observe::id::backend_usable_again, "backend %s is usable again", backend.name());
}

// Two callers at the end of a period may count a retry into the wrong one: a bound, not a ledger.
bool BackendList::may_retry(base::TimePoint now) {
  if (options_.retry_percent == 0) return false;
  BalancerShm& balancer = health_.balancer();
  uint64_t requests = 0;
  for (const auto& backend : backends_) requests += backend->counters().requests.load(std::memory_order_relaxed);
  Ticks since = balancer.budget_since.load();
  if (ticks(now) - since >= base::Duration(kBudgetPeriod).count() &&
      balancer.budget_since.compare_exchange_strong(since, ticks(now))) {
    balancer.budget_requests_before = requests;
    balancer.budget_retries = 0;
  }
  const uint64_t allowed =
      kFreeRetries + (requests - balancer.budget_requests_before.load()) * options_.retry_percent / 100;
  if (balancer.budget_retries.load() >= allowed) return false;
  balancer.budget_retries.fetch_add(1);
  return true;
}

size_t BackendList::find(std::string_view text) const {
  for (size_t i = 0; i < size(); i++)
    if (backends_[i]->address().text == text) return i;
  return kNone;
}

}  // namespace navajo::connector
