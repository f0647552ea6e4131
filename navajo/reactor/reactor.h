// One event loop on one thread: an edge-triggered epoll set in which every descriptor is registered once, the
// fibers that wait on them, timers, and an inbox for other threads.
//
// A loop pass: collect a batch of events and only mark them; fire due timers; take the inbox; tell observers;
// run the runnable fibers. Nothing is destroyed while a batch is being read, so a fiber with two ready
// descriptors is simply runnable once.
//
// post(), wake(), stop() and the stats may be called from any thread; all else from the reactor's own.
// See docs/decisions/0001.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "navajo/reactor/descriptor.h"
#include "navajo/reactor/fiber.h"
#include "navajo/reactor/timer_wheel.h"

namespace navajo::reactor {

struct ReactorOptions {
  size_t number = 1;  // from 1; see current_reactor_number()
  size_t stack_size = 128 * 1024;
  size_t hot_stacks = 64;
  size_t max_fibers = 25000;  // two kernel mappings each: stays below vm.max_map_count (65530)
  bool paint_stacks = false;
  // Called on every resume of a fiber: thread-wide state another fiber left behind is cleared here
  // (OpenSSL's error queue).
  void (*after_resume)() = nullptr;
  const base::Clock* clock = nullptr;  // null: the system's
};

// Written by the reactor thread, read by any.
struct ReactorStats {
  using Count = std::atomic<uint64_t>;
  Count epoll_waits{0}, events{0}, fiber_switches{0}, fibers_created{0}, parks{0}, timeouts{0}, cancellations{0},
      no_progress{0}, posts{0}, fibers_refused{0};
  Count fibers_live{0}, stacks_pooled{0}, stacks_mapped{0}, deepest_stack{0}, pass_max_us{0};

  static void add(Count& count, uint64_t by = 1) {
    count.store(count.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  static void set(Count& count, uint64_t to) { count.store(to, std::memory_order_relaxed); }
};

class Reactor {
 public:
  // A message to the reactor thread. Owned by whoever posts it; must live until it was run.
  struct Message {
    void (*run)(Message* self) = nullptr;
    Message* next = nullptr;
  };

  explicit Reactor(ReactorOptions options);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  static Reactor* current();

  // Loops on the calling thread until stop() was called and no fiber is left (or stop's deadline passed;
  // what is still parked then is abandoned, never unwound).
  void run();
  // Every interruptible wait fails with Wake::stopping from now on.
  void stop(Deadline deadline);
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

  void post(Message& message);

  // Starts entry(argument) on a fiber of its own, at once. False: no fiber or stack to be had.
  [[nodiscard]] bool spawn(Fiber::Entry entry, void* argument, void* owner = nullptr);

  // Called by the loop before it sleeps, when nothing is runnable: housekeeping of the module.
  void before_sleep(void (*hook)(void*), void* context) {
    before_sleep_ = hook;
    before_sleep_context_ = context;
  }

  // Gives the thread away until woken. The ticket was taken by next_ticket() before anybody could wake us.
  enum class Interruptible : uint8_t { yes, no };
  Wake park(Deadline deadline, Interruptible interruptible = Interruptible::yes);
  uint64_t next_ticket() const { return Fiber::current()->ticket_ + 1; }
  // From any thread: ends the park that holds this ticket, or nothing.
  void wake(Fiber& fiber, uint64_t ticket);
  void flush_before_park();
  void yield();

  TimePoint now() const { return clock_->now(); }
  TimePoint deadline_base() const;  // from where Deadline::after() counts on this thread
  TimerWheel& timers() { return wheel_; }
  const ReactorStats& stats() const { return stats_; }
  ReactorStats& stats() { return stats_; }
  size_t number() const { return options_.number; }

  // For the watchdog: changes whenever the thread makes a step; odd while a fiber or callback runs.
  uint64_t step() const { return step_.load(std::memory_order_relaxed); }
  const Fiber* running() const { return running_.load(std::memory_order_acquire); }
  int thread_id() const { return thread_id_.load(std::memory_order_relaxed); }

 private:
  friend class Descriptor;
  friend class Fiber;

  struct LateWake {
    Fiber* fiber;
    uint64_t ticket;
  };

  bool add(Descriptor& descriptor);
  void remove(Descriptor& descriptor);
  void make_runnable(Fiber& fiber, Wake wake);
  void resume(Fiber& fiber);
  Fiber* take_fiber();
  void collect_events();
  void mark(Descriptor& descriptor, uint32_t events);
  void read_inbox();
  void tell_observers();
  void run_fibers();
  void fail_waits();
  TimePoint coarse_now() const;
  void trim_stacks();
  int sleep_milliseconds();
  void ring();
  void begin_step() { step_.store(step_.load(std::memory_order_relaxed) | 1, std::memory_order_relaxed); }
  void end_step() { step_.store((step_.load(std::memory_order_relaxed) | 1) + 1, std::memory_order_relaxed); }

  ReactorOptions options_;
  const base::Clock* clock_;
  int epoll_ = -1, bell_ = -1;
  StackPool stacks_;
  TimerWheel wheel_;
  Timer trim_timer_{[](void* self) { static_cast<Reactor*>(self)->trim_stacks(); }, this};
  std::vector<std::unique_ptr<Fiber>> fibers_;  // never shrinks: addresses stay valid
  std::vector<Fiber*> idle_fibers_;
  List<Fiber> runnable_, live_;
  List<Descriptor> events_;
  std::atomic<Message*> inbox_{nullptr};
  std::mutex late_guard_;
  std::vector<LateWake> late_wakes_;
  std::atomic<bool> stopping_{false}, rung_{false};
  std::atomic<TimePoint::rep> stop_deadline_{TimePoint::max().time_since_epoch().count()};
  bool waits_failed_ = false;
  std::atomic<uint64_t> step_{0};
  std::atomic<const Fiber*> running_{nullptr};
  std::atomic<int> thread_id_{0};
  void (*before_sleep_)(void*) = nullptr;
  void* before_sleep_context_ = nullptr;
  ReactorStats stats_;
  // Address sanitizer's view of the scheduler's own stack.
  void* scheduler_state_ = nullptr;
  const void* scheduler_bottom_ = nullptr;
  size_t scheduler_size_ = 0;
};

}  // namespace navajo::reactor
