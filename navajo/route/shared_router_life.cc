// How a router comes to its memory, what is done in the background, and what it tells.
#include <signal.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "navajo/observe/log.h"
#include "navajo/observe/process_identity.h"
#include "navajo/route/shared_router.h"

namespace navajo::route {
namespace {

using base::Error;
using base::Failed;

constexpr std::chrono::milliseconds kLook{100};
constexpr int64_t kCleanMs = 1000, kLeaseMs = 5000, kWantMs = 5000;
// In one look of a second: a pass over 100,000 bindings takes seven.
constexpr uint32_t kSweepBuckets = 2048;

// Those there are in this process, linked by themselves; only the thread that reads configurations changes the list.
SharedRouter* g_first = nullptr;

const char* word(Checked checked) {
  switch (checked) {
    case Checked::unknown: return "unknown";
    case Checked::up: return "up";
    case Checked::down: return "down";
  }
  return "unknown";
}

}  // namespace

base::Result<std::shared_ptr<Router>> open_router(RouterOptions options, std::shared_ptr<TableSource> tables,
                                                  const base::Clock* clock) {
  auto opened = SharedRouter::open(std::move(options), std::move(tables), clock);
  if (!opened.ok()) return Failed{opened.error()};
  return std::shared_ptr<Router>(std::move(*opened));
}

void close_unused_routing(base::FunctionRef<bool(std::string_view)> is_used) {
  RoutingSegment::close_unwanted(is_used);
}

base::Result<std::shared_ptr<SharedRouter>> SharedRouter::open(RouterOptions options,
                                                               std::shared_ptr<TableSource> tables,
                                                               const base::Clock* clock) {
  auto places = Places::open({options.geo_database, options.country, options.region});
  if (!places.ok()) return Failed{Error{"geography: " + places.error().text}};
  auto segment = RoutingSegment::open(options);
  if (!segment.ok()) return Failed{segment.error()};
  std::shared_ptr<SharedRouter> router(
      new SharedRouter(std::move(options), std::move(tables), std::move(*segment), std::move(*places), clock));
  router->next_ = std::exchange(g_first, router.get());
  router->adopt(router->tables_->current());
  return router;
}

SharedRouter::SharedRouter(RouterOptions options, std::shared_ptr<TableSource> tables, RoutingSegment segment,
                           std::unique_ptr<Places> places, const base::Clock* clock)
    : options_(std::move(options)),
      tables_(std::move(tables)),
      segment_(std::move(segment)),
      header_(segment_.header()),
      loads_(segment_.loads()),
      bindings_(segment_.buckets(), header_.buckets, header_.bindings),
      retries_(header_.retries, options_.retry_percent),
      outliers_(options_, header_.lock),
      chooser_(options_),
      places_(std::move(places)),
      clock_(clock),
      self_(observe::ProcessIdentity::self().word()) {}

SharedRouter::~SharedRouter() {
  for (SharedRouter** link = &g_first; *link; link = &(*link)->next_) {
    if (*link != this) continue;
    *link = next_;
    break;
  }
  stop_child();
}

std::vector<std::shared_ptr<Router>> SharedRouter::of_this_process() {
  std::vector<std::shared_ptr<Router>> out;
  for (SharedRouter* one = g_first; one; one = one->next_)
    if (auto shared = one->weak_from_this().lock()) out.push_back(std::move(shared));
  return out;
}

std::vector<std::shared_ptr<Router>> routers_of_this_process() { return SharedRouter::of_this_process(); }

void SharedRouter::start_child() {
  const std::lock_guard lock(guard_);
  if (thread_.joinable()) return;
  stopping_ = false;
  self_ = observe::ProcessIdentity::self().word();
  tables_->start_child();
  loads_.claim_child([this](uint64_t offset, uint64_t bytes) { return segment_.commit_loads(offset, bytes); });
  adopt(tables_->current());
  // httpd's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  has_caretaker_.store(true);
}

void SharedRouter::stop_child() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  has_caretaker_.store(false);
  for (auto* const lease : {&header_.caretaker, &header_.checker}) {
    uint64_t mine = self_;
    lease->compare_exchange_strong(mine, 0);
  }
  loads_.release_child();
  tables_->stop_child();
}

void SharedRouter::run() {
  std::unique_lock lock(guard_);
  while (!wake_.wait_for(lock, kLook, [this] { return stopping_; })) {
    lock.unlock();
    try {
      look_after();
    } catch (const std::bad_alloc&) {
      // The next look may find memory.
    }
    lock.lock();
  }
}

bool SharedRouter::lease(std::atomic<uint64_t>& holder, std::atomic<int64_t>& until, int64_t now,
                         int64_t length) const {
  uint64_t who = holder.load();
  if (who != 0 && who != self_ && now < until.load() && observe::ProcessIdentity(who).alive()) return false;
  if (who != self_ && !holder.compare_exchange_strong(who, self_)) return false;
  until.store(now + length);
  return true;
}

bool SharedRouter::lease_checks(base::Duration length) {
  return lease(header_.checker, header_.checker_until, now_ms(),
               std::chrono::duration_cast<std::chrono::milliseconds>(length).count());
}

void SharedRouter::look_after() {
  const int64_t now = now_ms();
  adopt(tables_->current());
  if (now - looked_at_places_ >= options_.poll.count()) {
    looked_at_places_ = now;
    refresh_places();
  }
  if (now - wanted_ >= kWantMs) {
    wanted_ = now;
    for (const Candidate* one : prepared_.get()->by_load_row)
      if (one) one->load->wanted_at.store(now, std::memory_order_relaxed);
  }
  if (now - cleaned_ < kCleanMs || !lease(header_.caretaker, header_.caretaker_until, now, kLeaseMs)) return;
  cleaned_ = now;
  if (const uint64_t returned = loads_.give_back_of_the_dead(); returned > 0)
    observe::log(observe::id::routing_repaired, "routing %s: %llu places that dead processes held are free again",
                 options_.name.c_str(), static_cast<unsigned long long>(returned));
  if (options_.binding == Binding::none) return;
  BindingNumbersShm& numbers = header_.bindings;
  // The larger the table, the more of it in a look: a pass takes a minute at most.
  bindings_.sweep(std::max(kSweepBuckets, bindings_.buckets() / 60),
                  static_cast<uint32_t>(options_.binding_ttl.count()), now / 1000);
  if (const uint64_t evicted = numbers.evicted.load(), told = numbers.told_evicted.exchange(evicted); evicted > told)
    observe::log(observe::id::bindings_full,
                 "routing %s: %llu bindings gave way to others in the last second, since all %llu are in use: raise "
                 "maxBindings or shorten bindingTimeout",
                 options_.name.c_str(), static_cast<unsigned long long>(evicted - told),
                 static_cast<unsigned long long>(bindings_.capacity()));
}

void SharedRouter::refresh_places() {
  std::string why;
  const Places::Refreshed what = places_->refresh(why);
  if (what == Places::Refreshed::unchanged) return;
  // All children read it, one tells.
  const uint64_t signature = places_->signature();
  if (header_.geography_told.exchange(signature) == signature) return;
  if (what == Places::Refreshed::loaded)
    observe::log(observe::id::geography_loaded, "routing %s: %s is read anew", options_.name.c_str(),
                 options_.geo_database.c_str());
  else
    observe::log(observe::id::geography_refused, "routing %s: %s; places are looked up in what was read before",
                 options_.name.c_str(), why.c_str());
}

void SharedRouter::visit(base::FunctionRef<bool(const BackendState&)> visit) const {
  const auto prepared = prepared_.get();
  const int64_t now = now_ms();
  for (const std::string_view app : prepared->table->apps()) {
    for (const auto& group : prepared->find(app)->groups) {
      for (const Candidate& one : group->candidates) {
        const LoadRowShm& row = *one.load;
        BackendState state{*one.backend};
        state.load_row = one.load_row;
        state.at_work = LoadTable::count_of(row.at_work.load(std::memory_order_relaxed));
        state.connect_us = row.connect_us.load(std::memory_order_relaxed);
        state.failures = row.failures.load(std::memory_order_relaxed);
        state.checked = word(row.checked.load(std::memory_order_relaxed));
        const int64_t until = row.ejected_until.load(std::memory_order_relaxed);
        state.ejected_ms = until == 0 ? 0 : until > now ? until - now : -1;
        state.ejections = row.ejections.load(std::memory_order_relaxed);
        state.chosen = row.chosen.load(std::memory_order_relaxed);
        state.failed = row.failed.load(std::memory_order_relaxed);
        if (!visit(state)) return;
      }
    }
  }
}

void SharedRouter::report(api::StatusWriter& writer) const {
  uint64_t backends = 0, at_work = 0, ejected = 0, full = 0;
  visit([&](const BackendState& state) {
    backends++;
    at_work += state.at_work;
    ejected += state.ejected_ms != 0 ? 1 : 0;
    full += state.row.hard_limit != 0 && state.at_work >= state.row.hard_limit ? 1 : 0;
    return true;
  });
  const auto number = [&writer](const char* name, uint64_t value) { writer.number(name, static_cast<double>(value)); };
  writer.begin("routing " + options().name);
  number("backends", backends);
  number("at_work", at_work);
  number("full", full);
  number("ejected", ejected);
  number("waiting_in_child", waiting_.load());
  number("bindings", bindings_.live());
  number("bindings_most", bindings_.capacity());
  number("repaired", loads_.repaired());
  static constexpr const char* kNames[kRefusals] = {nullptr,          "refused_no_such_app", "refused_all_down",
                                                    "refused_full",   "refused_waited",      "refused_cancelled",
                                                    "refused_retries"};
  for (size_t i = 1; i < kRefusals; i++) number(kNames[i], header_.refusals[i].load(std::memory_order_relaxed));
  writer.end();
}

}  // namespace navajo::route
