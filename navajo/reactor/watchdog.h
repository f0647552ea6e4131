// Watches that no reactor thread is held by blocking code: an httpd hook that sleeps, a lock another fiber
// holds, a slow disk. A step of a reactor that lasts longer than `warning` is said once, with the fiber's label
// (method, URL, request id) and the module whose code is on the stack; past `limit` the process is ended, so that its
// parent starts a clean one. One thread per process; stats from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "navajo/reactor/reactor.h"

namespace navajo::reactor {

struct WatchdogOptions {
  std::chrono::milliseconds warning{100};
  std::chrono::milliseconds limit{60000};  // 0: never end the process
  std::function<void()> end_process;       // default: _exit(1)
  // Called every half second on the watchdog's thread: publishing numbers is its side job.
  std::function<void()> every_half_second;
};

struct WatchdogStats {
  std::atomic<uint64_t> stalls{0}, longest_ms{0};
};

class Watchdog {
 public:
  Watchdog(WatchdogOptions options, std::vector<Reactor*> reactors);
  ~Watchdog();  // stops

  const WatchdogStats& stats() const;
  // One look; the thread does this every quarter of `warning`. Tests drive it with a clock of their own.
  void look(TimePoint now);
  void start();
  // Its thread has ended when this returns: what every_half_second calls may look at the Watchdog until then.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace navajo::reactor
