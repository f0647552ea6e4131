#include "navajo/session/shared_store.h"

#include <string>

#include "navajo/session/store_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::session;

namespace {
struct SharedTest : Utest, StoreFixture {};
}  // namespace

TEST_GROUP_BASE(SharedStore, SharedTest) {
  std::shared_ptr<SharedStore> opened(const std::string& of, uint64_t size = kSize) {
    auto made = SharedStore::open({.name = of, .memory_size = size, .stripes = 16}, {10ms, 120s});
    CHECK(made.ok());
    return *made;
  }
  void teardown() override { SharedStore::close_unused(); }
};

TEST(SharedStore, is_one_for_all_servlets_of_a_name_and_the_first_size_counts) {
  const auto first = opened("a"), second = opened("a", 2 * kSize), other = opened("b");
  POINTERS_EQUAL(first.get(), second.get());
  CHECK(first.get() != other.get());
  LONGS_EQUAL(kSize, second->store().memory_size());
  LONGS_EQUAL(1, count_of(navajo::observe::id::session_store_size_kept));
}

// What a graceful restart does: everything of one configuration goes, then the next one is read.
TEST(SharedStore, keeps_its_sessions_from_one_configuration_to_the_next) {
  std::string id;
  {
    const auto before = opened("a");
    id = before->store().create(kLimits)->id;
    SharedStore::close_unused();
  }
  const auto after = opened("a");
  SharedStore::close_unused();
  CHECK(after->store().find(id, 0ms).has_value());
}

TEST(SharedStore, is_forgotten_with_the_first_configuration_that_does_not_name_it) {
  (void)opened("a")->store().create(kLimits);
  const auto other = opened("b");
  SharedStore::close_unused();
  CHECK_FALSE(navajo::shm::Segment::find(LocalSessionStore::segment_name("a")).has_value());
  CHECK(navajo::shm::Segment::find(LocalSessionStore::segment_name("b")).has_value());
}

TEST(SharedStore, reaps_in_a_child_until_it_goes) {
  const auto shared = opened("a");
  const Wide& ended = shared->store().core().memory().header().last_pass_ended;
  shared->start_child();
  shared->start_child();
  while (ended.load() == 0) sched_yield();
}
