#include "navajo/rules/place_readers.h"

#include "navajo/shm/arena.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::rules;

TEST_GROUP(PlaceReaders) {
  shm::Arena arena = std::move(*shm::Arena::create(4096));
  std::span<ReaderRowShm> rows{arena.make_array<ReaderRowShm>("test", 3), 3};
  std::atomic<uint32_t>& ready = *arena.make<std::atomic<uint32_t>>("test");
};

TEST(PlaceReaders, a_place_is_held_as_long_as_one_hold_of_it_lives) {
  PlaceReaders readers(rows);
  LONGS_EQUAL(0, readers.held());
  auto first = readers.hold(1);
  {
    const auto second = readers.hold(1), third = readers.hold(2);
    LONGS_EQUAL(6, readers.held());
  }
  LONGS_EQUAL(2, readers.held());
  STRCMP_EQUAL(("process " + std::to_string(getpid())).c_str(), readers.holders(1).c_str());
  first.reset();
  LONGS_EQUAL(0, readers.held());
}

TEST(PlaceReaders, a_forked_child_holds_nothing_of_its_parent_and_has_a_row_of_its_own) {
  PlaceReaders readers(rows);
  const auto kept = readers.hold(0);
  shm::Forked child([&] {
    {
      const auto own = readers.hold(2);
      if (readers.held() != 5) return false;
    }
    return readers.held() == 1;
  });
  CHECK(child.succeeded());
  LONGS_EQUAL(1, readers.held());
}

TEST(PlaceReaders, what_a_killed_process_held_is_free) {
  PlaceReaders readers(rows);
  shm::Forked child([&] {
    const auto own = readers.hold(1);
    ready.store(1);
    for (;;) pause();
    return false;
  });
  while (ready.load() == 0) sched_yield();
  LONGS_EQUAL(2, readers.held());
  child.kill_and_wait();
  LONGS_EQUAL(0, readers.held());
}

TEST(PlaceReaders, rows_of_dead_processes_are_used_again_and_those_of_living_ones_are_not) {
  PlaceReaders readers(rows);
  for (int i = 0; i < 10; i++) {
    shm::Forked child([&] {
      auto own = readers.hold(1);
      return own.has_value();  // ends without giving it back
    });
    CHECK(child.succeeded());
  }
  PlaceReaders second(rows), third(rows), fourth(rows);
  const auto a = readers.hold(0), b = second.hold(0), c = third.hold(0);
  CHECK(a && b && c);
  CHECK(!fourth.hold(0));
}
