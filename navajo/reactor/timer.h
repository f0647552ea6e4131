// A callback at a point in time, on the reactor thread it was armed on. Fires at the deadline or up to
// one wheel tick (8 ms) later, never earlier. Arming, re-arming and cancelling are O(1) and allocate
// nothing; destroying a Timer cancels it. The callback may destroy its own Timer.
#pragma once

#include "navajo/reactor/intrusive_list.h"
#include "navajo/reactor/wait.h"

namespace navajo::reactor {

class Timer {
 public:
  using Callback = void (*)(void* context);
  Timer(Callback callback, void* context) : callback_(callback), context_(context) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // On this thread's reactor; nothing happens on an ordinary thread. never() disarms.
  void arm(Deadline deadline);
  void disarm() { link_.unlink(); }
  bool armed() const { return link_.linked(); }

 private:
  friend class TimerWheel;
  ListLink link_{this};
  uint64_t due_tick_ = 0;
  Callback callback_;
  void* context_;
};

}  // namespace navajo::reactor
