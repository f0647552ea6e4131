#include "navajo/route/shared_router.h"

#include <algorithm>
#include <ctime>

#include "navajo/observe/log.h"
#include "navajo/observe/process_identity.h"
#include "navajo/observe/status_segment.h"

namespace navajo::route {

using observe::count;
using observe::Counter;

namespace {

// So often another one takes the place that was seen free, before all count as full.
constexpr int kRaces = 64;
constexpr int64_t kQueueToldMs = 10'000;

int64_t seconds(int64_t ms) { return ms / 1000; }

}  // namespace

int64_t SharedRouter::now_ms() const { return to_ms(clock_ ? clock_->now() : base::coarse_now()); }

std::shared_ptr<const Prepared> SharedRouter::current() {
  auto prepared = prepared_.get();
  // Where no thread does it: tests, the command line.
  if (has_caretaker_.load(std::memory_order_relaxed)) return prepared;
  auto table = tables_->current();
  if (table == prepared->table) return prepared;
  adopt(std::move(table));
  return prepared_.get();
}

void SharedRouter::adopt(std::shared_ptr<const BackendTable> table) {
  const std::lock_guard one(adopting_);
  const auto before = prepared_.get();
  if (before && before->table == table) return;
  std::shared_ptr<Prepared> made;
  {
    shm::RobustLock lock(header_.lock);
    if (lock.state() == shm::Locked::owner_died) lock.consistent();  // rows are made in one store, the last
    made = prepare(table, before.get(), options_, loads_, header_.secret, now_ms());
  }
  if (made->without_row > 0)
    observe::log(observe::id::routing_repaired,
                 "routing %s: %zu backends have no place in its memory, which still holds those of tables before; they "
                 "are left out until the table changes again",
                 options_.name.c_str(), made->without_row);
  for (auto& [app, pool] : made->pools) {
    const Pool* const known = before ? before->find(app) : nullptr;
    pool->line = known ? known->line : std::make_shared<WaitingLine>();
  }
  prepared_.replace(std::move(made));
}

SharedRouter::Wanted SharedRouter::wanted_of(const Asker& asker) const {
  Wanted wanted{asker};
  const bool has_key = !asker.key.empty();
  const auto bytes = asker.client ? client_bytes(*asker.client, options_.ipv6_prefix) : std::nullopt;
  const std::string_view address = bytes ? std::string_view(bytes->data(), bytes->size()) : std::string_view();
  if (options_.binding == Binding::key && has_key)
    wanted.client = Digest(header_.secret).part(asker.app).part("key").part(asker.key).finish();
  else if (options_.binding != Binding::none && bytes)
    wanted.client = Digest(header_.secret).part(asker.app).part("client").part(address).finish();
  if (chooser_.wants_hash()) wanted.hash = Digest(DigestSecret{}).part(has_key ? asker.key : address).finish();
  if (chooser_.wants_place() && asker.client) wanted.location = places_->locate(*asker.client);
  return wanted;
}

Inquiry SharedRouter::inquiry_of(const Wanted& wanted, const Prepared& prepared, bool any_expires) const {
  Inquiry inquiry;
  inquiry.asker = &wanted.asker;
  inquiry.location = wanted.location;
  inquiry.region = prepared.region_index(wanted.location.region);
  inquiry.home_region = prepared.home_region;
  inquiry.hash = wanted.hash;
  inquiry.now_ms = now_ms();
  if (any_expires) inquiry.wall = time(nullptr);
  return inquiry;
}

// Null: to none, or one that is not of this table.
const Candidate* SharedRouter::bound_to(const Wanted& wanted, const Prepared& prepared, const Pool& pool, int64_t now) {
  if (wanted.client == 0) return nullptr;
  const uint32_t tag = bindings_.find(wanted.client, static_cast<uint32_t>(options_.binding_ttl.count()), seconds(now));
  if (tag == BindingTable::kNone) return nullptr;
  const Candidate* const one = prepared.by_load_row[BindingTable::row_of(tag)];
  return one && one->tag == tag && one->pool == &pool ? one : nullptr;
}

Choice SharedRouter::make(const std::shared_ptr<const Prepared>& prepared, const Candidate& one,
                          uint64_t client) const {
  one.load->chosen.fetch_add(1, std::memory_order_relaxed);
  Choice choice;
  choice.router_ = const_cast<SharedRouter*>(this);
  choice.table_ = std::shared_ptr<const BackendTable>(prepared, prepared->table.get());
  choice.backend_ = one.backend;
  choice.load_ = one.load_row;
  choice.client_ = client;
  return choice;
}

void SharedRouter::bind(uint64_t client, uint32_t tag, int64_t now) {
  const auto made = bindings_.bind(client, tag, static_cast<uint32_t>(options_.binding_ttl.count()), seconds(now));
  count(Counter::route_bindings_made);
  if (made == BindingTable::Made::evicted) count(Counter::route_bindings_evicted);
}

// One look at what is there, without waiting.
Choice SharedRouter::look(const std::shared_ptr<const Prepared>& prepared, const Wanted& wanted) {
  const Pool* const pool = prepared->find(wanted.asker.app);
  if (!pool) return Choice(Refusal::no_such_app);
  const Inquiry inquiry = inquiry_of(wanted, *prepared, pool->any_expires);
  bool stays_bound = false;
  if (const Candidate* const bound = bound_to(wanted, *prepared, *pool, inquiry.now_ms)) {
    uint32_t load = 0;
    const Standing standing = chooser_.standing(*bound, inquiry, load);
    if (standing == Standing::usable || standing == Standing::full || standing == Standing::draining) {
      if (loads_.take(bound->load_row, bound->hard)) {
        Choice choice = make(prepared, *bound, wanted.client);
        choice.was_bound_ = true;
        count(Counter::routes_bound);
        return choice;
      }
      // Full: somebody else serves it this time. What it left at its own backend is still there the next time.
      stays_bound = standing != Standing::draining;
    }
  }
  for (int race = 0; race < kRaces; race++) {
    const Picked picked = chooser_.pick(*pool, inquiry);
    if (!picked.candidate) return Choice(picked.refusal);
    const Candidate& one = *picked.candidate;
    if (picked.on_trial && !Outliers::begin_trial(*one.load, self_)) continue;
    if (!loads_.take(one.load_row, one.hard)) {
      if (picked.on_trial) Outliers::end_trial(*one.load, self_);
      continue;
    }
    Choice choice = make(prepared, one, wanted.client);
    choice.on_trial_ = picked.on_trial;
    if (wanted.client != 0 && !stays_bound) bind(wanted.client, one.tag, inquiry.now_ms);
    return choice;
  }
  return Choice(Refusal::all_full);
}

Choice SharedRouter::choose(const Asker& asker, reactor::Deadline deadline) {
  const auto prepared = current();
  const Pool* const pool = prepared->find(asker.app);
  if (!pool) return refuse(Refusal::no_such_app);
  const int64_t now = now_ms();
  if (!asker.is_retry()) {
    retries_.note_first(now);
  } else if (!retries_.allow_second(now)) {
    if (retries_.is_news(now))
      observe::log(observe::id::retry_budget_spent,
                   "routing %s: more than %u%% of all choices would be second ones, requests are not tried again",
                   options_.name.c_str(), options_.retry_percent);
    return refuse(Refusal::retry_budget);
  }
  const Wanted wanted = wanted_of(asker);
  Choice choice(Refusal::all_full);
  // Nobody goes past those who wait already.
  if (pool->line->waiting() == 0) choice = look(prepared, wanted);
  if (!choice && choice.refusal() == Refusal::all_full) choice = wait(*pool, wanted, deadline);
  if (!choice) return refuse(choice.refusal());
  count(Counter::routes_chosen);
  return choice;
}

Choice SharedRouter::wait(const Pool& pool, const Wanted& wanted, reactor::Deadline deadline) {
  if (options_.queue_timeout.count() == 0 || waiting_.fetch_add(1) >= options_.queue) {
    if (options_.queue_timeout.count() == 0) return Choice(Refusal::all_full);
    waiting_.fetch_sub(1);
    const int64_t now = now_ms();
    int64_t told = header_.queue_told.load(std::memory_order_relaxed);
    if ((told == 0 || now - told >= kQueueToldMs) && header_.queue_told.compare_exchange_strong(told, now))
      observe::log(observe::id::route_queue_full,
                   "routing %s: all backends of %.*s are at their hard limits and %u wait already, more are refused",
                   options_.name.c_str(), static_cast<int>(wanted.asker.app.size()), wanted.asker.app.data(),
                   options_.queue);
    return Choice(Refusal::all_full);
  }
  count(Counter::routes_queued);
  observe::gauge(observe::Gauge::route_waiting).fetch_add(1, std::memory_order_relaxed);
  const base::TimePoint began = base::system_clock().now();
  Choice choice(Refusal::all_full);
  const reactor::Wake wake = pool.line->wait(
      [&] {
        choice = look(current(), wanted);
        return choice || choice.refusal() != Refusal::all_full;
      },
      deadline.earlier(reactor::Deadline::at(began + options_.queue_timeout)));
  observe::gauge(observe::Gauge::route_waiting).fetch_sub(1, std::memory_order_relaxed);
  waiting_.fetch_sub(1);
  if (wake == reactor::Wake::timed_out) {
    count(Counter::routes_waited_in_vain);
    choice = Choice(Refusal::waited);
  } else if (wake != reactor::Wake::ready) {
    choice = Choice(Refusal::cancelled);
  }
  choice.waited_ = base::system_clock().now() - began;
  return choice;
}

Choice SharedRouter::refuse(Refusal why) {
  count(Counter::routes_refused);
  header_.refusals[static_cast<size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  return Choice(why);
}

void SharedRouter::note_connected(Choice& choice, base::Duration took) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const auto measured = static_cast<uint32_t>(std::clamp<int64_t>(us, 1, INT32_MAX));
  std::atomic<uint32_t>& mean = loads_.row(choice.load_).connect_us;
  const uint32_t before = mean.load(std::memory_order_relaxed);
  // An eighth of what is new; of two that come at once one may be lost.
  mean.store(before == 0 ? measured : std::max(1u, before - before / 8 + measured / 8), std::memory_order_relaxed);
}

void SharedRouter::note_success(Choice& choice) {
  LoadRowShm& row = loads_.row(choice.load_);
  if (outliers_.note_success(row, choice.on_trial_, now_ms()))
    observe::log(observe::id::route_backend_returned, "routing %s: backend %s of %s answers again and is back",
                 options_.name.c_str(), choice.backend_->id.c_str(), choice.backend_->app.c_str());
  if (!choice.on_trial_) return;
  choice.on_trial_ = false;
  Outliers::end_trial(row, self_);
}

void SharedRouter::note_failure(Choice& choice, Failing what) {
  LoadRowShm& row = loads_.row(choice.load_);
  const BackendRow& backend = *choice.backend_;
  if (choice.client_ != 0) bindings_.drop(choice.client_, BindingTable::tag_of(choice.load_, row.id.load()));
  const auto prepared = current();
  const int64_t ejected = outliers_.note_failure(row, choice.on_trial_, prepared->find(backend.app), now_ms());
  if (ejected > 0)
    observe::log(observe::id::route_backend_ejected,
                 "routing %s: backend %s (%s) of %s %s, it gets nobody for %lld ms, then one to try it",
                 options_.name.c_str(), backend.id.c_str(), address_text(backend).c_str(), backend.app.c_str(),
                 choice.on_trial_           ? "failed again"
                 : what == Failing::connect ? "could not be connected to again and again"
                                            : "failed again and again",
                 static_cast<long long>(ejected));
  if (!choice.on_trial_) return;
  choice.on_trial_ = false;
  Outliers::end_trial(row, self_);
}

void SharedRouter::give_back(Choice& choice) {
  if (choice.on_trial_) Outliers::end_trial(loads_.row(choice.load_), self_);
  loads_.give(choice.load_);
  if (waiting_.load() == 0) return;
  if (const Pool* const pool = current()->find(choice.backend_->app)) pool->line->place_came_back();
}

bool SharedRouter::explain(const Asker& asker, base::FunctionRef<void(const Considered&)> visit) {
  const auto prepared = current();
  const Pool* const pool = prepared->find(asker.app);
  if (!pool) return false;
  Wanted wanted = wanted_of(asker);
  if (asker.client) wanted.location = places_->locate(*asker.client);
  const Inquiry inquiry = inquiry_of(wanted, *prepared, true);
  const Candidate* const bound = bound_to(wanted, *prepared, *pool, inquiry.now_ms);
  for (const auto& group : pool->groups)
    for (const Candidate& one : group->candidates) {
      uint32_t load = 0;
      const Standing standing = chooser_.standing(one, inquiry, load);
      visit({one, standing, load, Chooser::place(one, inquiry), chooser_.score(one, inquiry, load), &one == bound});
    }
  return true;
}

}  // namespace navajo::route
