// Blocking work away from the reactor: offload(fn) runs fn on a helper thread while the calling fiber
// yields, and comes back when fn has returned (it is never abandoned: fn may use the caller's stack).
// On an ordinary thread fn simply runs. The queue is bounded: when it is full the work is refused.
// fn must not throw.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "navajo/base/function_ref.h"
#include "navajo/reactor/wait.h"

namespace navajo::reactor {

struct HelperPoolOptions {
  size_t threads = 8;
  size_t queue_limit = 1024;
  // Starts a thread that runs body and returns a function that joins it. Under httpd the thread is an
  // apr thread, since hooks keep thread data there; empty: std::thread.
  std::function<std::function<void()>(std::function<void()> body)> start_thread;
  // Called by the reactor's thread before a fiber gives its work away: from now on two threads may be in its memory.
  void (*before_sharing)() = nullptr;
};

struct HelperPoolStats {
  uint64_t completed = 0, refused = 0;
  size_t queued = 0, threads = 0;
};

class HelperPool {
 public:
  explicit HelperPool(HelperPoolOptions options);
  ~HelperPool();  // finishes what is queued, joins

  [[nodiscard]] bool run(base::FunctionRef<void()> work);
  HelperPoolStats stats() const;

  // The pool that offload() uses. Set once at start of a child, before reactors run.
  static void set_current(HelperPool* pool);
  static HelperPool* current();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// True when fn ran; false: refused (no pool, or its queue is full).
[[nodiscard]] bool offload(base::FunctionRef<void()> fn);

}  // namespace navajo::reactor
