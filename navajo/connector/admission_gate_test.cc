#include <future>
#include <thread>
#include <vector>

#include "navajo/connector/admission_gate.h"
#include "navajo/connector/reactor_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::connector;
using namespace std::chrono_literals;
using navajo::reactor::Deadline;
using Entry = AdmissionGate::Entry;

namespace {

void wait_until_waiting(const AdmissionGate& gate, size_t count) {
  while (gate.waiting() != count) std::this_thread::yield();
}

}  // namespace

TEST_GROUP(AdmissionGate){};

TEST(AdmissionGate, lets_as_many_in_as_the_limit_says) {
  AdmissionGate gate(2, 10);
  CHECK_TRUE(gate.try_enter());
  CHECK_TRUE(gate.enter(Deadline::never()) == Entry::admitted);
  CHECK_FALSE(gate.try_enter());
  CHECK_TRUE(gate.enter(Deadline::after(0ms)) == Entry::timed_out);
  CHECK_EQUAL(2u, gate.inside());
  gate.leave();
  CHECK_TRUE(gate.try_enter());
  gate.leave();
  gate.leave();
  CHECK_EQUAL(0u, gate.inside());
}

TEST(AdmissionGate, the_queue_is_bounded) {
  AdmissionGate none(1, 0);
  CHECK_TRUE(none.try_enter());
  CHECK_TRUE(none.enter(Deadline::never()) == Entry::queue_full);
  none.leave();
}

TEST(AdmissionGate, who_waits_gets_in_in_order_of_arrival) {
  AdmissionGate gate(1, 10);
  CHECK_TRUE(gate.try_enter());
  std::vector<int> order;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&gate, &order, i] {
      if (gate.enter(Deadline::after(10s)) != Entry::admitted) return;
      order.push_back(i);
      gate.leave();
    });
    wait_until_waiting(gate, i + 1);
  }
  gate.leave();
  for (std::thread& thread : threads) thread.join();
  CHECK_EQUAL(3u, order.size());
  for (int i = 0; i < 3; i++) CHECK_EQUAL(i, order[i]);
  CHECK_EQUAL(0u, gate.inside());
}

TEST(AdmissionGate, nobody_overtakes_those_who_wait) {
  AdmissionGate gate(1, 10);
  CHECK_TRUE(gate.try_enter());
  std::promise<void> may_leave;
  std::thread waiter([&] {
    if (gate.enter(Deadline::after(10s)) != Entry::admitted) return;
    may_leave.get_future().wait();
    gate.leave();
  });
  wait_until_waiting(gate, 1);
  CHECK_FALSE(gate.try_enter());
  gate.leave();
  wait_until_waiting(gate, 0);
  CHECK_FALSE(gate.try_enter());
  may_leave.set_value();
  waiter.join();
  CHECK_TRUE(gate.try_enter());
  gate.leave();
}

TEST(AdmissionGate, a_cancelled_fiber_leaves_the_queue) {
  AdmissionGate gate(1, 10);
  CHECK_TRUE(gate.try_enter());
  ReactorFixture reactor;
  navajo::reactor::Fiber* fiber = nullptr;
  Entry entry = Entry::admitted;
  std::future<void> done = reactor.start([&] { entry = gate.enter(Deadline::after(10s)); }, &fiber);
  wait_until_waiting(gate, 1);
  reactor.post([&] { fiber->cancel(); });
  done.wait();
  CHECK_TRUE(entry == Entry::cancelled);
  CHECK_EQUAL(0u, gate.waiting());
  gate.leave();
  CHECK_EQUAL(0u, gate.inside());
}

TEST(AdmissionGate, keeps_count_under_contention) {
  AdmissionGate gate(3, 100);
  std::atomic<int> inside{0}, most{0}, entered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; t++)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; i++) {
        if (gate.enter(Deadline::after(10s)) != Entry::admitted) continue;
        const int now = ++inside;
        int before = most;
        while (now > before && !most.compare_exchange_weak(before, now)) {}
        entered++;
        std::this_thread::yield();
        inside--;
        gate.leave();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK_EQUAL(4000, entered.load());
  CHECK_TRUE(most.load() <= 3);
  CHECK_EQUAL(0u, gate.inside());
  CHECK_EQUAL(0u, gate.waiting());
}
