#include "navajo/route/load_table.h"

#include <sys/mman.h>
#include <unistd.h>

#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::route;

namespace {
const auto yes = [](uint64_t, uint64_t) { return true; };
}

TEST_GROUP(LoadTable) {
  LoadTable::Layout* layout = nullptr;
  void setup() override {
    layout = static_cast<LoadTable::Layout*>(mmap(nullptr, sizeof(LoadTable::Layout), PROT_READ | PROT_WRITE,
                                                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  }
  void teardown() override { munmap(layout, sizeof(LoadTable::Layout)); }
};

TEST(LoadTable, as_many_as_the_hard_limit_and_a_place_comes_back) {
  LoadTable table(*layout);
  table.claim_child(yes);
  const uint32_t row = table.row_of(4711, 1000);
  LONGS_EQUAL(row, table.row_of(4711, 2000));
  for (int i = 0; i < 3; i++) CHECK_TRUE(table.take(row, 3));
  CHECK_FALSE(table.take(row, 3));
  CHECK_TRUE(table.take(row, 0));
  LONGS_EQUAL(4, table.at_work(row));
  for (int i = 0; i < 4; i++) table.give(row);
  table.give(row);  // more than it held
  LONGS_EQUAL(0, table.at_work(row));
  CHECK_TRUE(table.take(row, 3));
}

TEST(LoadTable, a_row_is_forgotten_when_nobody_wants_it_and_nobody_is_at_work) {
  LoadTable table(*layout);
  int64_t now = 1000;
  for (uint64_t id = 1; id <= LoadTable::kRows; id++) CHECK_TRUE(table.row_of(id, now) != LoadTable::kNoRow);
  LONGS_EQUAL(LoadTable::kNoRow, table.row_of(1'000'000, now));
  const uint32_t busy = table.find(17);
  CHECK_TRUE(table.take(busy, 0));
  now += LoadTable::kForgottenMs;
  table.row(busy).connect_us = 5;
  table.row(table.find(18)).connect_us = 5;
  const uint32_t anew = table.row_of(17 + 4 * LoadTable::kRows, now);
  CHECK_TRUE(anew != LoadTable::kNoRow && anew != busy);
  LONGS_EQUAL(busy, table.find(17));
  LONGS_EQUAL(LoadTable::kNoRow, table.find(18));
  LONGS_EQUAL(0, table.row(anew).connect_us.load());
}

TEST(LoadTable, what_a_killed_child_held_comes_back_and_its_trials_end) {
  LoadTable table(*layout);
  table.claim_child(yes);
  const uint32_t row = table.row_of(1, 1000);
  CHECK_TRUE(table.take(row, 10));
  int ready[2];
  CHECK_EQUAL(0, pipe(ready));
  shm::Forked child([&] {
    LoadTable own(*layout);
    own.claim_child(yes);
    for (int i = 0; i < 4; i++) (void)own.take(row, 10);
    own.row(row).trial.store(uint64_t{static_cast<uint32_t>(getpid())} << 32);
    (void)!write(ready[1], "x", 1);
    pause();
    return true;
  });
  char byte;
  CHECK_EQUAL(1, read(ready[0], &byte, 1));
  close(ready[0]);
  close(ready[1]);
  LONGS_EQUAL(5, table.at_work(row));
  LONGS_EQUAL(0, table.give_back_of_the_dead());
  child.kill_and_wait();
  LONGS_EQUAL(4, table.give_back_of_the_dead());
  LONGS_EQUAL(1, table.at_work(row));
  LONGS_EQUAL(0, table.row(row).trial.load());
  LONGS_EQUAL(4, table.repaired());
}

TEST(LoadTable, a_count_nobody_stands_behind_is_mended_at_the_second_look) {
  LoadTable table(*layout);
  table.claim_child(yes);
  const uint32_t row = table.row_of(1, 1000);
  CHECK_TRUE(table.take(row, 0));
  table.row(row).at_work.fetch_add(2);  // of a child that was killed between two stores
  LONGS_EQUAL(0, table.give_back_of_the_dead());
  CHECK_TRUE(table.take(row, 0));  // the word has changed: it is looked at anew
  LONGS_EQUAL(0, table.give_back_of_the_dead());
  LONGS_EQUAL(2, table.give_back_of_the_dead());
  LONGS_EQUAL(2, table.at_work(row));
}

TEST(LoadTable, a_child_that_ends_gives_back_what_it_holds) {
  LoadTable table(*layout), other(*layout);
  table.claim_child(yes);
  other.claim_child(yes);
  const uint32_t row = table.row_of(1, 1000);
  CHECK_TRUE(table.take(row, 0) && other.take(row, 0));
  table.release_child();
  LONGS_EQUAL(1, table.at_work(row));
  other.release_child();
  LONGS_EQUAL(0, table.at_work(row));
}
