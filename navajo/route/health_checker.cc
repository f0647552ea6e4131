#include "navajo/route/health_checker.h"

#include <openssl/err.h>
#include <signal.h>

#include <algorithm>
#include <new>
#include <system_error>

#include "navajo/base/random.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::route {
namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::TimePoint;
using What = CheckOutcome::What;

constexpr auto kLease = 3s;
// Between two looks at the table; of a child that does not check, at the lease.
constexpr auto kLook = 250ms, kAsk = 1000ms;
constexpr auto kShortestNap = 10ms;
constexpr auto kStopLimit = 500ms;

// All of a row that a check goes by.
bool is_checked_alike(const BackendRow& a, const BackendRow& b) {
  return a.host == b.host && a.port == b.port && a.check == b.check && a.tls == b.tls && a.sni == b.sni &&
         a.send_proxy == b.send_proxy && a.source_address == b.source_address && a.bind_device == b.bind_device;
}

bool wants_tls(const BackendRow& row, const CheckOptions& plan) {
  return plan.kind == CheckKind::tls || (plan.kind == CheckKind::http && row.tls);
}

void reset(LoadRowShm& load) {
  if (load.checked.load(std::memory_order_relaxed) == Checked::unknown && load.checked_at.load() == 0) return;
  load.checks_good.store(0);
  load.checks_bad.store(0);
  load.checked_at.store(0);
  load.checked.store(Checked::unknown);
}

}  // namespace

base::Result<std::shared_ptr<HealthChecker>> HealthChecker::make(std::shared_ptr<Router> router, CheckOptions options,
                                                                 const base::Clock* clock) {
  std::shared_ptr<HealthChecker> checker(new HealthChecker(std::move(router), std::move(options), clock));
  const auto table = checker->router_->tables().current();
  const bool any_tls = std::any_of(table->rows().begin(), table->rows().end(), [&](const BackendRow& row) {
    return wants_tls(row, check_of(row, checker->options_));
  });
  std::string why;
  if (any_tls && !checker->make_tls(why)) return base::Failed{base::Error{"health checks: " + why}};
  return checker;
}

HealthChecker::HealthChecker(std::shared_ptr<Router> router, CheckOptions options, const base::Clock* clock)
    : router_(std::move(router)), options_(std::move(options)), clock_(clock ? clock : &base::system_clock()) {
  (void)base::random_bytes(&random_, sizeof random_);
  random_ |= 1;
}

HealthChecker::~HealthChecker() { stop_child(); }

TimePoint HealthChecker::now() const { return clock_->now(); }

bool HealthChecker::make_tls(std::string& why) {
  if (tls_) return true;
  tls::ClientOptions options;
  options.owner = "Routing " + router_->options().name;
  options.ca_file = router_->options().ca_certificate;
  options.protocols = *tls::ProtocolList::parse(tls::ProtocolList::kDefault);
  options.alpn.clear();
  options.reuse = tls::SessionReuse::off;  // the certificate is to be seen every time
  auto made = tls::ClientContext::make(std::move(options));
  if (!made.ok()) {
    why = made.error().text;
    return false;
  }
  tls_ = std::move(*made);
  return true;
}

// ---------------------------------------------------------------- what is to be checked

void HealthChecker::look() {
  const TimePoint now = this->now();
  if (now < next_look_) return;
  const bool has_lease = router_->loads() && !leaves_.load() && router_->lease_checks(kLease);
  if (!has_lease) forget_all();
  has_lease_.store(has_lease);
  next_look_ = now + (has_lease ? Duration(kLook) : Duration(kAsk));
  if (!has_lease) return;
  looks_++;
  router_->visit([&](const BackendState& state) {
    take(state, now);
    return true;
  });
  for (auto at = watched_.begin(); at != watched_.end();) {
    if (at->second.seen == looks_) {
      ++at;
      continue;
    }
    forget(at->second);
    at = watched_.erase(at);
  }
  // Nobody is checked: looking for rows that are to be is not urgent.
  if (watched_.empty()) next_look_ = now + kAsk;
}

void HealthChecker::take(const BackendState& state, TimePoint now) {
  LoadRowShm& load = router_->loads()->row(state.load_row);
  const bool is_off = state.row.check.empty() ? options_.kind == CheckKind::off
                                              : split_check(state.row.check).kind == CheckKind::off;
  const auto known = watched_.find(state.row.id);
  if (is_off) {
    // Not seen in this look: forgotten after it. Also what an earlier configuration has found.
    reset(load);
    return;
  }
  const uint64_t load_id = load.id.load(std::memory_order_relaxed);
  if (known != watched_.end()) {
    Watched& one = known->second;
    one.seen = looks_;
    one.load_row = state.load_row;
    one.load_id = load_id;
    if (is_checked_alike(one.row, state.row)) return;
    reset(load);
    forget(one);
    one.row = state.row;
    begin_anew(one, now);
    return;
  }
  Watched& one = watched_[state.row.id];
  one.row = state.row;
  one.seen = looks_;
  one.load_row = state.load_row;
  one.load_id = load_id;
  begin_anew(one, now);
}

// One that was checked before, by another child or before a restart, has its turn; a new one soon, but not all of them
// at once.
void HealthChecker::begin_anew(Watched& one, TimePoint now) {
  one.plan = check_of(one.row, options_);
  one.serial = ++serials_;
  const int64_t checked_at = router_->loads()->row(one.load_row).checked_at.load();
  const Duration interval = one.plan.interval, length = about(interval);
  const TimePoint soon = now + (about(interval) - interval * 9 / 10) / 2;  // within a tenth
  one.due = checked_at == 0 ? soon : std::max(soon, TimePoint(std::chrono::milliseconds(checked_at)) + length);
  one.due = std::min(one.due, now + length);
  due_.emplace(one.due, &one);
}

void HealthChecker::forget(Watched& one) { due_.erase({one.due, &one}); }

void HealthChecker::forget_all() {
  due_.clear();
  watched_.clear();
}

// A tenth more or less (xorshift64: nobody gains from guessing it).
Duration HealthChecker::about(Duration length) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const auto thousandth = static_cast<int64_t>(random_ % 201);
  return length * (900 + thousandth) / 1000;
}

TimePoint HealthChecker::next_due() const { return due_.empty() ? TimePoint::max() : due_.begin()->first; }

// ---------------------------------------------------------------- checks

std::unique_ptr<HealthChecker::Work> HealthChecker::take_due(TimePoint now) {
  if (next_due() > now) return nullptr;
  Watched& one = *due_.begin()->second;
  auto work = std::make_unique<Work>(Work{this, one.row, one.plan, one.serial, now});
  due_.erase(due_.begin());
  return work;
}

size_t HealthChecker::check_due() {
  size_t made = 0;
  const TimePoint now = this->now();
  while (const auto work = take_due(now)) {
    check(*work);
    made++;
  }
  return made;
}

void HealthChecker::check(Work& work) {
  CheckOutcome outcome;
  under_way_.fetch_add(1, std::memory_order_relaxed);
  try {
    std::string why;
    if (wants_tls(work.row, work.plan) && !make_tls(why))
      outcome = {What::bad, std::move(why)};
    else
      outcome = check_backend(work.row, work.plan, tls_.get(), reactor::Deadline::after(work.plan.timeout));
  } catch (const std::bad_alloc&) {
    outcome.what = What::given_up;
  }
  under_way_.fetch_sub(1, std::memory_order_relaxed);
  finish(work, outcome);
}

void HealthChecker::finish(const Work& work, const CheckOutcome& outcome) {
  const auto at = watched_.find(work.row.id);
  if (at == watched_.end() || at->second.serial != work.serial) return;
  Watched& one = at->second;
  one.due = std::max(work.began + about(one.plan.interval), now());
  due_.emplace(one.due, &one);
  if (outcome.what != What::given_up) note(one, outcome);
}

void HealthChecker::note(const Watched& one, const CheckOutcome& outcome) {
  const bool is_good = outcome.what == What::good;
  checks_.fetch_add(1, std::memory_order_relaxed);
  observe::count(observe::Counter::backend_checks);
  if (!is_good) {
    failed_.fetch_add(1, std::memory_order_relaxed);
    observe::count(observe::Counter::backend_checks_failed);
  }
  LoadRowShm& load = router_->loads()->row(one.load_row);
  if (load.id.load() != one.load_id) return;  // the row is another backend's since
  load.checked_at.store(to_ms(now()));
  if (is_good)
    note_good(one, load);
  else
    note_bad(one, load, outcome.why);
}

void HealthChecker::note_good(const Watched& one, LoadRowShm& load) {
  load.checks_bad.store(0);
  const uint32_t good = load.checks_good.fetch_add(1) + 1;
  const Checked before = load.checked.load();
  if (before == Checked::up || (before == Checked::down && good < one.plan.rise)) return;
  if (before == Checked::down) load.up_since.store(to_ms(now()));
  load.checked.store(Checked::up);
  if (before == Checked::down)
    observe::log(observe::id::backend_check_passed, "routing %s: backend %s (%s) is back: %u checks in a row were good",
                 router_->options().name.c_str(), one.row.id.c_str(), address_text(one.row).c_str(), good);
}

void HealthChecker::note_bad(const Watched& one, LoadRowShm& load, const std::string& why) {
  load.checks_good.store(0);
  const uint32_t bad = load.checks_bad.fetch_add(1) + 1;
  if (bad < one.plan.fall || load.checked.load() == Checked::down) return;
  load.checked.store(Checked::down);
  observe::log(observe::id::backend_check_failed,
               "routing %s: backend %s (%s) gets nobody: %u checks in a row have failed, the last one: %s",
               router_->options().name.c_str(), one.row.id.c_str(), address_text(one.row).c_str(), bad, why.c_str());
}

// ---------------------------------------------------------------- the thread of a child

void HealthChecker::start_child() {
  if (thread_.joinable()) return;
  fibers_ = 0;
  next_look_ = {};
  leaves_.store(false);
  // httpd's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    // Number 0: to whatever keeps data by reactor this is an ordinary thread.
    reactor::ReactorOptions options;
    options.number = 0;
    options.hot_stacks = 4;
    options.max_fibers = kMostAtOnce + 1;
    options.after_resume = [] { ERR_clear_error(); };
    reactor_ = std::make_unique<reactor::Reactor>(options);
    thread_ = std::thread([this] { run(*reactor_); });
  } catch (const std::system_error& error) {
    observe::log(observe::id::backend_check_failed, "routing %s: this child cannot check backends: %s",
                 router_->options().name.c_str(), error.what());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void HealthChecker::stop_child() {
  if (!thread_.joinable()) return;
  reactor_->stop(reactor::Deadline::after(kStopLimit));
  thread_.join();
  reactor_.reset();
  has_lease_.store(false);
  forget_all();
}

void HealthChecker::run(reactor::Reactor& reactor) {
  struct Start : reactor::Reactor::Message {
    HealthChecker* checker = nullptr;
    reactor::Reactor* reactor = nullptr;
  } start;
  start.checker = this;
  start.reactor = &reactor;
  start.run = [](reactor::Reactor::Message* message) {
    auto* const self = static_cast<Start*>(message);
    (void)self->reactor->spawn(
        [](void* argument) {
          auto* const start = static_cast<Start*>(argument);
          start->checker->keep_pace(*start->reactor);
        },
        self);
  };
  reactor.post(start);
  reactor.run();
}

void HealthChecker::keep_pace(reactor::Reactor& reactor) {
  while (true) {
    Duration nap = kAsk;
    try {
      look();
      hire(reactor);
      const TimePoint next = fibers_ < kMostAtOnce ? std::min(next_due(), next_look_) : next_look_;
      nap = std::clamp<Duration>(next - now(), kShortestNap, kAsk);
    } catch (const std::bad_alloc&) {
      forget_all();  // what is half done begins anew with the next look, which may find memory
    }
    if (reactor.park(reactor::Deadline::after(nap)) == reactor::Wake::stopping) return;
  }
}

// A fiber makes one check after the other while some are due.
void HealthChecker::hire(reactor::Reactor& reactor) {
  while (fibers_ < kMostAtOnce) {
    auto work = take_due(now());
    if (!work) return;
    const bool started = reactor.spawn(
        [](void* argument) {
          std::unique_ptr<Work> mine(static_cast<Work*>(argument));
          HealthChecker& self = *mine->checker;
          while (mine) {
            try {
              self.check(*mine);
              mine = reactor::Reactor::current()->stopping() ? nullptr : self.take_due(self.now());
            } catch (const std::bad_alloc&) {
              mine.reset();
              self.forget_all();
            }
          }
          self.fibers_--;
        },
        work.get());
    if (started) {
      (void)work.release();  // it is the fiber's, which begins when this one waits
      fibers_++;
      continue;
    }
    finish(*work, {What::given_up, {}});
    return;
  }
}

// ---------------------------------------------------------------- status

void HealthChecker::report(api::StatusWriter& writer) const {
  uint64_t up = 0, down = 0, unknown = 0;
  router_->visit([&](const BackendState& state) {
    (state.checked == "up" ? up : state.checked == "down" ? down : unknown)++;
    return true;
  });
  const auto number = [&writer](const char* name, uint64_t value) { writer.number(name, static_cast<double>(value)); };
  writer.begin("health " + router_->options().name);
  number("up", up);
  number("down", down);
  number("unknown", unknown);
  number("checks_here", has_lease_.load() ? 1 : 0);
  number("checks", checks_.load());
  number("checks_failed", failed_.load());
  number("under_way", under_way_.load());
  writer.end();
}

}  // namespace navajo::route
