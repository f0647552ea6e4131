#include "navajo/connector/backend_list.h"

#include <algorithm>
#include <mutex>

#include "navajo/observe/log.h"

namespace navajo::connector {
namespace {

constexpr std::chrono::seconds kLastResortPause{1};
// The retry budget counts anew after so long, and so many retries are free: with few requests a share of them is none.
constexpr std::chrono::seconds kBudgetPeriod{10};
constexpr uint64_t kFreeRetries = 10;

// All that can be drained: a list through them, so that none is needed of its own.
constinit std::mutex g_lists_guard;
constinit BackendList *g_first_list = nullptr, *g_last_list = nullptr;

}  // namespace

BackendList::BackendList(const std::vector<BackendAddress>& addresses, const BackendOptions& options,
                         shm::Arena* arena)
    : options_(options), health_(addresses.size(), arena) {
  for (size_t i = 0; i < addresses.size(); i++) {
    backends_.push_back(std::make_unique<Backend>(addresses[i], health_.backend(i), options.max_connections,
                                                  options.wait_queue));
    if (i + 1 == addresses.size() || addresses[i + 1].group != addresses[i].group) group_ends_.push_back(i + 1);
  }
  if (!options_.drains) return;
  for (const BackendAddress& address : addresses) keys_.push_back(Drains::key_of(options_.place, address.text));
  std::lock_guard lock(g_lists_guard);
  previous_ = g_last_list;
  (previous_ ? previous_->next_ : g_first_list) = this;
  g_last_list = this;
}

BackendList::~BackendList() {
  if (!options_.drains) return;
  std::lock_guard lock(g_lists_guard);
  (previous_ ? previous_->next_ : g_first_list) = next_;
  (next_ ? next_->previous_ : g_last_list) = previous_;
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
  if (drained(index)) return false;
  if (options_.recovery == Recovery::by_probe) return !backends_[index]->bad();
  return backends_[index]->claim(now, options_.retry_timeout);
}

// All are bad, and none is due.
size_t BackendList::last_resort(base::TimePoint now) {
  BalancerShm& balancer = health_.balancer();
  Ticks due = balancer.next_last_resort.load();
  if (due > ticks(now) || !balancer.next_last_resort.compare_exchange_strong(due, ticks(now + kLastResortPause)))
    return kNone;
  const size_t turn = balancer.last_resort_turn.fetch_add(1);
  for (size_t i = 0; i < size(); i++)
    if (const size_t index = (turn + i) % size(); !drained(index)) return index;
  return kNone;
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

// ---------------------------------------------------------------- out of service

// One load while nothing changes.
uint64_t BackendList::drained_bits() const {
  if (!options_.drains) return 0;
  if (options_.drains->version() != seen_version_.load(std::memory_order_acquire)) {
    std::lock_guard lock(look_);
    const uint64_t version = options_.drains->version();
    uint64_t bits = 0;
    for (size_t i = 0; i < keys_.size(); i++)
      if (options_.drains->since(keys_[i]) != 0) bits |= uint64_t{1} << i;
    drained_.store(bits, std::memory_order_relaxed);
    seen_version_.store(version, std::memory_order_release);
  }
  return drained_.load(std::memory_order_relaxed);
}

bool BackendList::drained(size_t index) const { return drained_bits() >> index & 1; }
size_t BackendList::drained_count() const { return static_cast<size_t>(__builtin_popcountll(drained_bits())); }

int64_t BackendList::drained_since(size_t index) const {
  return options_.drains ? options_.drains->since(keys_[index]) : 0;
}

BackendList::Drain BackendList::drain(size_t index, Force force, int64_t now) {
  Drains& drains = *options_.drains;
  Drains::Change change(drains);
  if (!change.possible()) return Drain::failed;
  if (drains.since(keys_[index]) != 0) return Drain::unchanged;
  bool others = false;
  for (size_t i = 0; i < size(); i++)
    others = others || (i != index && drains.since(keys_[i]) == 0 && !backends_[i]->bad());
  if (!others && force == Force::no) return Drain::last;
  const auto in_use = [](Drains::Key key) {
    for (const BackendList* list = g_first_list; list; list = list->next_)
      if (std::find(list->keys_.begin(), list->keys_.end(), key) != list->keys_.end()) return true;
    return false;
  };
  return change.add(keys_[index], now, in_use) ? Drain::done : Drain::full;
}

BackendList::Drain BackendList::undrain(size_t index) {
  Drains::Change change(*options_.drains);
  if (!change.possible()) return Drain::failed;
  if (options_.drains->since(keys_[index]) == 0) return Drain::unchanged;
  change.remove(keys_[index]);
  return Drain::done;
}

void BackendList::visit(base::FunctionRef<void(BackendList&)> visit) {
  std::lock_guard lock(g_lists_guard);
  for (BackendList* list = g_first_list; list; list = list->next_) visit(*list);
}

size_t BackendList::find(std::string_view text) const {
  for (size_t i = 0; i < size(); i++)
    if (backends_[i]->address().text == text) return i;
  return kNone;
}

size_t drained_backends() {
  size_t count = 0;
  BackendList::visit([&](BackendList& list) { count += list.drained_count(); });
  return count;
}

}  // namespace navajo::connector
