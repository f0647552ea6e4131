#include <memory>
#include <random>
#include <vector>

#include "navajo/reactor/timer_wheel.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::reactor;
using namespace std::chrono_literals;

namespace {

struct Probe {
  TimePoint due{}, fired{};
  TimePoint* now = nullptr;
  int count = 0;
  Timer timer{[](void* self) {
                auto* probe = static_cast<Probe*>(self);
                probe->fired = *probe->now;
                probe->count++;
              },
              this};
};

}  // namespace

TEST_GROUP(TimerWheel) {
  TimePoint start{1000h};
  TimePoint now = start;
  TimerWheel wheel{start};
  void run_to(TimePoint end) {
    while (now < end) {
      const TimePoint due = wheel.next_due();
      now = due > end ? end : (due > now ? due : now + 1ms);
      wheel.advance(now);
    }
  }
};

TEST(TimerWheel, fires_no_earlier_than_asked_and_at_most_one_tick_late) {
  std::mt19937 random(7);
  std::vector<std::unique_ptr<Probe>> probes;
  for (int i = 0; i < 2000; i++) {
    auto probe = std::make_unique<Probe>();
    probe->now = &now;
    const unsigned range = i % 3 == 0 ? 400'000u : i % 3 == 1 ? 60'000'000u : 3'000'000'000u;
    probe->due = start + std::chrono::microseconds(random() % range);
    wheel.insert(probe->timer, probe->due);
    probes.push_back(std::move(probe));
  }
  run_to(start + 2h);
  for (const auto& probe : probes) {
    CHECK_EQUAL(1, probe->count);
    CHECK(probe->fired >= probe->due);
    CHECK(probe->fired <= probe->due + TimerWheel::kTick);
  }
}

TEST(TimerWheel, forgets_a_disarmed_timer_and_then_has_nothing_due) {
  Probe probe;
  probe.now = &now;
  wheel.insert(probe.timer, start + 5s);
  probe.timer.disarm();
  CHECK(wheel.next_due() == TimePoint::max());
  run_to(start + 10s);
  CHECK_EQUAL(0, probe.count);
}

TEST(TimerWheel, fires_a_timer_beyond_its_horizon) {
  Probe probe;
  probe.now = &now;
  probe.due = start + 100h;
  wheel.insert(probe.timer, probe.due);
  run_to(start + 99h);
  CHECK_EQUAL(0, probe.count);
  run_to(start + 101h);
  CHECK_EQUAL(1, probe.count);
}

TEST(TimerWheel, catches_up_after_a_long_pause_in_order) {
  Probe early, late;
  early.now = late.now = &now;
  wheel.insert(early.timer, start + 100ms);
  wheel.insert(late.timer, start + 700s);
  now = start + 3600s;
  wheel.advance(now);
  CHECK_EQUAL(1, early.count);
  CHECK_EQUAL(1, late.count);
}

TEST(TimerWheel, lets_a_callback_rearm_its_own_timer) {
  struct Again {
    TimerWheel* wheel;
    TimePoint* now;
    int count = 0;
    Timer timer{[](void* self) {
                  auto* again = static_cast<Again*>(self);
                  if (++again->count < 5) again->wheel->insert(again->timer, *again->now + 20ms);
                },
                this};
  } again{&wheel, &now};
  wheel.insert(again.timer, start + 20ms);
  run_to(start + 1s);
  CHECK_EQUAL(5, again.count);
}

TEST(TimerWheel, survives_a_callback_that_destroys_another_due_timer) {
  struct Killer {
    std::unique_ptr<Probe> victim = std::make_unique<Probe>();
    Timer timer{[](void* self) { static_cast<Killer*>(self)->victim.reset(); }, this};
  } killer;
  killer.victim->now = &now;
  wheel.insert(killer.timer, start + 50ms);
  wheel.insert(killer.victim->timer, start + 50ms);
  run_to(start + 1s);
  CHECK(killer.victim == nullptr);
}
