// Lets at most so many requests through at a time, all child processes together (limits::Slot), and lets more of them
// wait, also a number for all processes. Within a process who came first goes first; among processes whoever looks
// first. The first in line of each process is woken by a request that ends in it, and looks every kLook for those that
// ended elsewhere; the others sleep until it is their turn. Waiting holds no thread. Any thread or fiber.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "navajo/limits/limits.h"
#include "navajo/reactor/sync.h"

namespace navajo::filters::qos {

class WaitingRoom {
 public:
  static constexpr std::chrono::milliseconds kLook{20};
  enum class Entry : uint8_t { admitted, queue_full, timed_out, cancelled, stopping };

  // The keys stand for the filter: equal ones share their numbers.
  WaitingRoom(std::shared_ptr<limits::Limits> limits, const limits::Key& at_work, uint64_t limit,
              const limits::Key& in_line, uint64_t queue)
      : limits_(std::move(limits)), at_work_(at_work), in_line_(in_line), limit_(limit), queue_(queue) {}

  // After admitted, leave() with the slot must follow.
  [[nodiscard]] Entry enter(limits::Slot& slot, reactor::Deadline deadline);
  void leave(limits::Slot& slot);

  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }  // in this process

 private:
  Entry wait_in_line(limits::Slot& slot, reactor::Deadline deadline);

  std::shared_ptr<limits::Limits> limits_;
  const limits::Key at_work_, in_line_;
  const uint64_t limit_, queue_;
  std::atomic<size_t> waiting_{0};
  reactor::Mutex first_;  // held by the first in line
  reactor::Event ended_;  // a request ended in this process
};

}  // namespace navajo::filters::qos
