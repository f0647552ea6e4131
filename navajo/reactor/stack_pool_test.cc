#include <vector>

#include "navajo/reactor/stack_pool.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::reactor;

TEST_GROUP(StackPool) {
  StackPool pool{64 * 1024, 2};
  std::vector<Stack> take(size_t count) {
    std::vector<Stack> stacks;
    for (size_t i = 0; i < count; i++) stacks.push_back(pool.take());
    return stacks;
  }
  void give(const std::vector<Stack>& stacks) {
    for (const Stack& stack : stacks) pool.give(stack);
  }
};

TEST(StackPool, gives_the_warmest_stack_first) {
  const auto stacks = take(2);
  give(stacks);
  POINTERS_EQUAL(stacks[1].low, pool.take().low);
}

TEST(StackPool, unmaps_what_a_burst_left_behind_once_nobody_needed_it_for_a_period) {
  give(take(10));
  CHECK(pool.trim());  // the burst lies in this period
  CHECK_EQUAL(10u, pool.pooled());
  CHECK_FALSE(pool.trim());
  CHECK_EQUAL(2u, pool.pooled());
  CHECK_EQUAL(2u, pool.mapped());
}

TEST(StackPool, keeps_what_is_needed_again_and_again) {
  give(take(10));
  CHECK(pool.trim());
  give(take(7));
  CHECK(pool.trim());
  CHECK_EQUAL(7u, pool.pooled());
}
