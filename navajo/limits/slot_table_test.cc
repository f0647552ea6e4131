#include "navajo/limits/slot_table.h"

#include <sys/mman.h>

#include <vector>

#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::limits;

namespace {
const auto yes = [](uint64_t, uint64_t) { return true; };
}

TEST_GROUP(SlotTable) {
  SlotTable::Layout* layout = nullptr;
  const Key one{0x1234567890abcdef, 0x1111111122222222}, two{0xfedcba0987654321, 0x1111111133333333};

  void setup() override {
    layout = static_cast<SlotTable::Layout*>(mmap(nullptr, sizeof(SlotTable::Layout), PROT_READ | PROT_WRITE,
                                                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  }
  void teardown() override { munmap(layout, sizeof(SlotTable::Layout)); }
};

TEST(SlotTable, as_many_as_the_limit_and_a_slot_comes_back_with_its_end) {
  SlotTable table(*layout);
  table.claim_child(yes);
  {
    std::vector<Slot> held;
    for (int i = 0; i < 3; i++) held.push_back(table.enter(one, 3));
    for (const Slot& slot : held) CHECK_TRUE(static_cast<bool>(slot));
    CHECK_FALSE(static_cast<bool>(table.enter(one, 3)));
    CHECK_TRUE(static_cast<bool>(table.enter(two, 1)));
    held.pop_back();
    CHECK_TRUE(static_cast<bool>(table.enter(one, 3)));
    Slot moved = std::move(held[0]);
    LONGS_EQUAL(2, table.count(one));
  }
  LONGS_EQUAL(0, table.count(one));
  CHECK_FALSE(static_cast<bool>(table.enter(one, 0)));
}

TEST(SlotTable, more_keys_than_ways_share_one) {
  SlotTable table(*layout);
  std::vector<Slot> held;
  for (uint64_t i = 1; i < SlotTable::kWays; i++) held.push_back(table.enter({i << 32, 1}, 1));
  held.push_back(table.enter({100ull << 32, 1}, 2));
  held.push_back(table.enter({101ull << 32, 1}, 2));
  for (const Slot& slot : held) CHECK_TRUE(static_cast<bool>(slot));
  CHECK_FALSE(static_cast<bool>(table.enter({102ull << 32, 1}, 2)));
  held.clear();
  CHECK_TRUE(static_cast<bool>(table.enter({102ull << 32, 1}, 1)));
}

TEST(SlotTable, what_a_killed_child_held_comes_back) {
  SlotTable table(*layout);
  table.claim_child(yes);
  const Slot mine = table.enter(one, 10);
  int ready[2];
  CHECK_EQUAL(0, pipe(ready));
  shm::Forked child([&] {
    SlotTable own(*layout);
    own.claim_child(yes);
    std::vector<Slot> held;
    for (int i = 0; i < 4; i++) held.push_back(own.enter(one, 10));
    (void)!write(ready[1], "x", 1);
    pause();
    return true;
  });
  char byte;
  CHECK_EQUAL(1, read(ready[0], &byte, 1));
  LONGS_EQUAL(5, table.count(one));
  LONGS_EQUAL(0, table.give_back_of_the_dead());
  child.kill_and_wait();
  LONGS_EQUAL(4, table.give_back_of_the_dead());
  LONGS_EQUAL(1, table.count(one));
  LONGS_EQUAL(4, table.repaired());
  close(ready[0]);
  close(ready[1]);
}

TEST(SlotTable, a_slot_that_outlives_its_childs_end_is_given_back_once) {
  SlotTable table(*layout);
  table.claim_child(yes);
  {
    const Slot late = table.enter(one, 10);
    table.release_child();
    LONGS_EQUAL(0, table.count(one));
  }
  table.claim_child(yes);
  const Slot slot = table.enter(one, 10);
  LONGS_EQUAL(1, table.count(one));
}

TEST(SlotTable, a_new_child_gives_back_what_the_one_before_in_its_place_held) {
  shm::Forked child([&] {
    SlotTable own(*layout);
    own.claim_child(yes);
    new Slot(own.enter(one, 10));  // never given back
    return own.count(one) == 1;
  });
  CHECK_TRUE(child.succeeded());
  SlotTable table(*layout);
  LONGS_EQUAL(1, table.count(one));
  table.claim_child(yes);
  LONGS_EQUAL(0, table.count(one));
}

TEST(SlotTable, a_count_nobody_stands_behind_is_mended_at_the_second_look) {
  SlotTable table(*layout);
  table.claim_child(yes);
  {
    const Slot slot = table.enter(one, 10);
    for (auto& way : layout->ways)
      if (way.load() != 0) way.fetch_add(1);  // as one that was killed between its two stores
    LONGS_EQUAL(2, table.count(one));
    LONGS_EQUAL(0, table.give_back_of_the_dead());
    LONGS_EQUAL(1, table.give_back_of_the_dead());
    LONGS_EQUAL(1, table.count(one));
    LONGS_EQUAL(0, table.give_back_of_the_dead());
  }
  LONGS_EQUAL(0, table.count(one));
}

TEST(SlotTable, no_memory_for_the_child_leaves_it_without_a_place_and_still_limited) {
  SlotTable table(*layout);
  table.claim_child([](uint64_t, uint64_t) { return false; });
  const Slot slot = table.enter(one, 1);
  CHECK_TRUE(static_cast<bool>(slot));
  CHECK_FALSE(static_cast<bool>(table.enter(one, 1)));
}
