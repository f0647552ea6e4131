#include "navajo/shm/robust_mutex.h"

#include <atomic>
#include <thread>
#include <vector>

#include "navajo/shm/arena.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::shm;

namespace {
struct GuardedShm {
  RobustMutexShm mutex;
  uint64_t value;  // guarded
  std::atomic<bool> entered;
};
}  // namespace

TEST_GROUP(RobustMutex) {
  Arena arena = std::move(*Arena::create(4096));
  GuardedShm* guarded = arena.make<GuardedShm>("test");
  void setup() override { LONGS_EQUAL(0, guarded->mutex.initialise()); }
  // Dies with the lock.
  void die_inside() {
    Forked child([this] {
      if (guarded->mutex.lock() == Locked::failed) return false;
      guarded->value = 666;
      return true;
    });
    CHECK(child.succeeded());
  }
};

TEST(RobustMutex, excludes_threads_and_processes) {
  const auto add = [this] {
    for (int n = 0; n < 10000; n++) {
      const RobustLock lock(guarded->mutex);
      if (lock.state() != Locked::clean) return false;
      guarded->value++;
    }
    return true;
  };
  std::vector<Forked> children;
  for (int i = 0; i < 2; i++) children.emplace_back(add);
  std::thread thread([&add] { (void)add(); });
  (void)add();
  thread.join();
  for (Forked& child : children) CHECK(child.succeeded());
  LONGS_EQUAL(40000, guarded->value);
}

TEST(RobustMutex, tells_the_next_locker_that_its_holder_died) {
  die_inside();
  {
    RobustLock lock(guarded->mutex);
    CHECK(lock.state() == Locked::owner_died);
    LONGS_EQUAL(666, guarded->value);
    lock.consistent();
  }
  const RobustLock again(guarded->mutex);
  CHECK(again.state() == Locked::clean);
}

TEST(RobustMutex, is_lost_when_nobody_repaired) {
  die_inside();
  { const RobustLock careless(guarded->mutex); }
  const RobustLock next(guarded->mutex);
  CHECK(next.state() == Locked::failed);
}

TEST(RobustMutex, wakes_who_waits_when_the_holder_is_killed) {
  Forked holder([this] {
    if (guarded->mutex.lock() != Locked::clean) return false;
    guarded->entered.store(true);
    for (;;) pause();
  });
  while (!guarded->entered.load()) std::this_thread::yield();
  std::atomic<bool> woken{false};
  std::thread waiter([&] {
    RobustLock lock(guarded->mutex);
    woken = lock.state() == Locked::owner_died;
    lock.consistent();
  });
  holder.kill_and_wait();
  waiter.join();
  CHECK(woken.load());
}

TEST(RobustMutex, is_waited_for_no_longer_than_told) {
  Forked holder([this] {
    if (guarded->mutex.lock() != Locked::clean) return false;
    guarded->entered.store(true);
    for (;;) pause();
  });
  while (!guarded->entered.load()) std::this_thread::yield();
  CHECK(guarded->mutex.lock_within(std::chrono::milliseconds(1)) == Locked::failed);
  holder.kill_and_wait();
  CHECK(guarded->mutex.lock_within(std::chrono::seconds(10)) == Locked::owner_died);
  guarded->mutex.mark_consistent();
  guarded->mutex.unlock();
}
