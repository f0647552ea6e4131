// A stackful coroutine that runs a handler in plain sequential code on a reactor thread. Never leaves its
// thread. Fiber objects are reused but their memory stays valid until the reactor is gone, so a late wake-up
// from another thread (it carries a ticket) is harmless.
#pragma once

#include <atomic>
#include <boost/context/fiber.hpp>
#include <initializer_list>
#include <string_view>

#include "navajo/reactor/stack_pool.h"
#include "navajo/reactor/timer.h"
#include "navajo/reactor/wait.h"

namespace navajo::reactor {

class Reactor;

class Fiber {
 public:
  using Entry = void (*)(void* argument);
  using Hook = void (*)(void* context);

  // The fiber that runs on this thread, or null.
  static Fiber* current();

  // Called before this fiber gives its thread away: what it has gathered for its client leaves first.
  // The hook may wait itself.
  void before_park(Hook hook, void* context) {
    before_park_ = hook;
    before_park_context_ = context;
  }

  // Every wait of this fiber comes back with Wake::cancelled, except waits on the descriptor of the very client
  // (its own error shows there). Reactor thread only.
  void cancel();
  bool cancelled() const { return cancelled_; }
  // A connection serves several requests: each starts uncancelled.
  void clear_cancelled() { cancelled_ = false; }

  // For the owner (the connection this fiber serves).
  void* owner = nullptr;

  // What the watchdog reports; read by another thread while this one may be writing, so it may be torn but is
  // always terminated.
  void set_label(std::initializer_list<std::string_view> parts);
  const char* label() const { return label_; }

  Reactor& reactor() const { return *reactor_; }

 private:
  friend class Reactor;
  friend class Descriptor;
  explicit Fiber(Reactor* reactor) : reactor_(reactor) {}

  Reactor* reactor_;
  boost::context::fiber self_, scheduler_;
  Stack stack_;
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  bool done_ = false, parked_ = false, interruptible_ = true, cancelled_ = false, in_before_park_ = false;
  Wake wake_ = Wake::ready;
  uint64_t ticket_ = 0;
  Hook before_park_ = nullptr;
  void* before_park_context_ = nullptr;
  ListLink run_link_{this};
  ListLink live_link_{this};
  Timer deadline_timer_{&Fiber::on_deadline, this};
  void* sanitizer_state_ = nullptr;
  char label_[256] = {};

  static void on_deadline(void* fiber);
};

}  // namespace navajo::reactor
