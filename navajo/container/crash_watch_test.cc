#include "navajo/container/crash_watch.h"

#include <unistd.h>

#include <thread>

#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using container::CrashWatch;

TEST_GROUP(CrashWatch) {
  void teardown() override {
    shm::Segment::close_unwanted("navajo-crash-watch", [](std::string_view) { return false; });
  }
  CrashWatch opened() {
    auto watch = CrashWatch::open(4);
    CHECK_TRUE(watch.ok());
    return std::move(*watch);
  }
};

TEST(CrashWatch, an_orderly_end_is_no_crash) {
  CrashWatch watch = opened();
  shm::Forked child([&] {
    if (!watch.claim()) return false;
    watch.request_begins();
    watch.request_ends();
    watch.release();
    return true;
  });
  const pid_t pid = child.pid();
  CHECK_TRUE(child.succeeded());
  const auto death = watch.child_ended(pid);
  CHECK_TRUE(death.has_value());
  CHECK_TRUE(death->orderly);
  LONGS_EQUAL(0, watch.crashes());
}

TEST(CrashWatch, a_child_that_dies_leaves_the_number_of_its_requests) {
  CrashWatch watch = opened();
  shm::Forked child([&] {
    if (!watch.claim()) return false;
    for (int i = 0; i < 3; i++) watch.request_begins();
    // Ends on another thread than it began on.
    std::thread([&] { watch.request_ends(); }).join();
    return true;
  });
  const pid_t pid = child.pid();
  CHECK_TRUE(child.succeeded());  // its end was not announced: the same as a signal to the parent
  const auto death = watch.child_ended(pid);
  CHECK_TRUE(death.has_value());
  CHECK_FALSE(death->orderly);
  LONGS_EQUAL(2, death->requests);
  LONGS_EQUAL(1, watch.crashes());
  CHECK_FALSE(watch.child_ended(pid).has_value());
}

TEST(CrashWatch, a_slot_is_used_again_with_nothing_of_before) {
  CrashWatch watch = opened();
  for (int i = 0; i < 10; i++) {
    shm::Forked child([&] {
      const bool claimed = watch.claim();
      watch.request_begins();
      return claimed;
    });
    const pid_t pid = child.pid();
    CHECK_TRUE(child.succeeded());
    LONGS_EQUAL(1, watch.child_ended(pid)->requests);
  }
}

TEST(CrashWatch, without_a_free_slot_a_child_is_not_watched) {
  CrashWatch watch = opened();
  for (int i = 0; i < 4; i++) CHECK_TRUE(watch.claim());
  shm::Forked child([&] {
    if (watch.claim()) return false;
    watch.request_begins();  // and that does no harm
    return true;
  });
  const pid_t pid = child.pid();
  CHECK_TRUE(child.succeeded());
  CHECK_FALSE(watch.child_ended(pid).has_value());
}

TEST(CrashWatch, a_block_is_seen_by_children_and_outlives_the_configuration) {
  {
    CrashWatch watch = opened();
    CHECK_FALSE(watch.blocked());
    CHECK_FALSE(watch.unblock());
    watch.block(4711, 3);
    shm::Forked child([&] { return watch.blocked(); });
    CHECK_TRUE(child.succeeded());
  }
  CrashWatch next = opened();
  CHECK_TRUE(next.blocked());
  LONGS_EQUAL(4711, next.current_block()->child);
  LONGS_EQUAL(3, next.current_block()->requests);
  CHECK_TRUE(next.unblock());
  CHECK_FALSE(next.current_block().has_value());
}

TEST(CrashWatch, more_slots_than_before_are_a_new_segment) {
  { opened().block(1, 1); }
  auto larger = CrashWatch::open(100);
  CHECK_TRUE(larger.ok());
  CHECK_FALSE(larger->blocked());
}

// A process that was forked from a child (a CGI, a log program) is no child of the server.
TEST(CrashWatch, a_copy_of_a_child_does_not_release_its_slot) {
  CrashWatch watch = opened();
  shm::Forked child([&] {
    if (!watch.claim()) return false;
    shm::Forked copy([&] {
      watch.release();
      return true;
    });
    return copy.succeeded();
  });
  const pid_t pid = child.pid();
  CHECK_TRUE(child.succeeded());
  CHECK_FALSE(watch.child_ended(pid)->orderly);
}
