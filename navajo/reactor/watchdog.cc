#include "navajo/reactor/watchdog.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "navajo/observe/log.h"
#include "navajo/reactor/culprit.h"
#include "navajo/reactor/thread_times.h"

namespace navajo::reactor {
namespace {

constexpr std::chrono::milliseconds kLongestPause{500};

struct Watched {
  Reactor* reactor;
  uint64_t step = 0;
  TimePoint since{};
  std::chrono::nanoseconds cpu_before{0};
  bool reported = false;
};

// On a busy machine a thread may be runnable for long and get no processor: no code is to blame for that. Who runs is
// judged by the time it really had, who sleeps by the clock.
bool is_starved(const Watched& one, Duration warning) {
  const auto used = thread_cpu_time(one.reactor->thread_id()) - one.cpu_before;
  return used < warning && thread_state(one.reactor->thread_id()) == 'R';
}

}  // namespace

struct Watchdog::State {
  WatchdogOptions options;
  std::vector<Watched> watched;
  WatchdogStats stats;
  std::mutex guard;
  std::condition_variable ending_changed;
  bool ending = false;
  std::thread thread;

  void look_at(Watched& one, TimePoint now);
  void report(const Watched& one, std::chrono::milliseconds held);
  void loop();
};

void Watchdog::State::look_at(Watched& one, TimePoint now) {
  const uint64_t step = one.reactor->step();
  if (step != one.step || (step & 1) == 0) {
    one = {one.reactor, step, now, {}, false};
    if (step & 1) one.cpu_before = thread_cpu_time(one.reactor->thread_id());
    return;
  }
  const auto held = std::chrono::duration_cast<std::chrono::milliseconds>(now - one.since);
  if (static_cast<uint64_t>(held.count()) > stats.longest_ms && one.reported) stats.longest_ms = held.count();
  if (held >= options.warning && !one.reported && !is_starved(one, options.warning)) {
    one.reported = true;
    stats.stalls++;
    stats.longest_ms = std::max<uint64_t>(stats.longest_ms, held.count());
    report(one, held);
  }
  if (options.limit.count() > 0 && held >= options.limit) {
    const Fiber* fiber = one.reactor->running();
    observe::log(observe::id::reactor_stalled_too_long,
                 "reactor %zu has been blocked for %lld ms by %s: this child is ended", one.reactor->number(),
                 static_cast<long long>(held.count()), fiber && fiber->label()[0] ? fiber->label() : "(no request)");
    options.end_process();
  }
}

void Watchdog::State::report(const Watched& one, std::chrono::milliseconds held) {
  const Fiber* fiber = one.reactor->running();
  const std::string culprit = code_on_thread(one.reactor->thread_id());
  observe::log(observe::id::reactor_stalled,
               "reactor %zu has been blocked for %lld ms in %s while it served %s: move the blocking work to "
               "offload(), or serve this host with reactor=\"off\"",
               one.reactor->number(), static_cast<long long>(held.count()), culprit.c_str(),
               fiber && fiber->label()[0] ? fiber->label() : "(no request)");
}

void Watchdog::State::loop() {
  TimePoint last_publish = base::system_clock().now();
  std::unique_lock lock(guard);
  while (!ending) {
    ending_changed.wait_for(lock, std::min(options.warning / 4, kLongestPause));
    if (ending) return;
    lock.unlock();
    const TimePoint now = base::system_clock().now();
    for (Watched& one : watched) look_at(one, now);
    if (options.every_half_second && now - last_publish >= std::chrono::milliseconds(500)) {
      last_publish = now;
      options.every_half_second();
    }
    lock.lock();
  }
}

Watchdog::Watchdog(WatchdogOptions options, std::vector<Reactor*> reactors) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  if (!state_->options.end_process) state_->options.end_process = [] { _exit(1); };
  for (Reactor* reactor : reactors) state_->watched.push_back({reactor, 0, {}, {}, false});
}

Watchdog::~Watchdog() { stop(); }

void Watchdog::stop() {
  {
    std::lock_guard lock(state_->guard);
    state_->ending = true;
  }
  state_->ending_changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

void Watchdog::start() {
  prepare_code_on_thread();
  state_->thread = std::thread([this] { state_->loop(); });
}

void Watchdog::look(TimePoint now) {
  for (Watched& one : state_->watched) state_->look_at(one, now);
}

const WatchdogStats& Watchdog::stats() const { return state_->stats; }

}  // namespace navajo::reactor
