#include "navajo/tunnel/tunnel_slots.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "CppUTest/TestHarness.h"

using navajo::tunnel::TunnelSlots;
using Refusal = TunnelSlots::Refusal;

TEST_GROUP(TunnelSlots){};

TEST(TunnelSlots, a_client_gets_its_share_and_no_more) {
  TunnelSlots slots(10, 2);
  auto first = slots.try_open("192.0.2.1"), second = slots.try_open("192.0.2.1");
  CHECK_TRUE(first && second);
  auto third = slots.try_open("192.0.2.1");
  CHECK_FALSE(static_cast<bool>(third));
  CHECK(third.refusal() == Refusal::client_reached);
  TunnelSlots::Slot moved;
  moved = std::move(third);
  CHECK(moved.refusal() == Refusal::client_reached);
  auto other = slots.try_open("192.0.2.2");
  CHECK_TRUE(static_cast<bool>(other));
  first.release();
  first.release();
  third = slots.try_open("192.0.2.1");
  CHECK_TRUE(static_cast<bool>(third));
}

TEST(TunnelSlots, all_together_get_the_total) {
  TunnelSlots slots(2, 2);
  const auto first = slots.try_open("a"), second = slots.try_open("b");
  const auto third = slots.try_open("c");
  CHECK_FALSE(static_cast<bool>(third));
  CHECK(third.refusal() == Refusal::total_reached);
  CHECK_EQUAL(2u, slots.numbers().open);
  CHECK_EQUAL(1u, slots.numbers().refused_total);
}

TEST(TunnelSlots, a_client_that_has_none_is_not_remembered) {
  TunnelSlots slots(1000, 10);
  for (int i = 0; i < 5000; i++) (void)slots.try_open("client " + std::to_string(i));
  CHECK_EQUAL(0u, slots.numbers().clients);
  CHECK_EQUAL(0u, slots.numbers().open);
  CHECK_EQUAL(1u, slots.numbers().highest);
  // Of a name that is longer than an address only the beginning is kept.
  const auto first = slots.try_open(std::string(64, 'x') + "1"), second = slots.try_open(std::string(64, 'x') + "2");
  CHECK_EQUAL(1u, slots.numbers().clients);
}

TEST(TunnelSlots, a_slot_moves_and_gives_back_once) {
  TunnelSlots slots(10, 10);
  auto first = slots.try_open("a");
  auto second = std::move(first);
  CHECK_EQUAL(1u, slots.numbers().open);
  auto third = slots.try_open("b");
  third = std::move(second);
  CHECK_EQUAL(1u, slots.numbers().open);
  third = {};
  CHECK_EQUAL(0u, slots.numbers().open);
}

TEST(TunnelSlots, a_limit_of_zero_lets_nobody_in) {
  TunnelSlots none(0, 10), nobody(10, 0);
  CHECK(none.try_open("a").refusal() == Refusal::total_reached);
  CHECK(nobody.try_open("a").refusal() == Refusal::client_reached);
}

TEST(TunnelSlots, many_threads_never_exceed_the_limits) {
  TunnelSlots slots(8, 3);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++)
    threads.emplace_back([&slots, i] {
      for (int round = 0; round < 2000; round++) {
        auto slot = slots.try_open(i % 2 ? "odd" : "even");
        auto another = slots.try_open(i % 2 ? "odd" : "even");
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(slots.numbers().highest <= 6);
  CHECK_EQUAL(0u, slots.numbers().open);
  CHECK_EQUAL(0u, slots.numbers().clients);
}
