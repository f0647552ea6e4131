// Thresholds of MemorySize: where they are, what they refuse, and that each is said once.
#include <string>
#include <vector>

#include "navajo/session/store_fixture.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::session;
namespace id = navajo::observe::id;

namespace {
struct LevelTest : Utest, StoreFixture {};
}  // namespace

TEST_GROUP_BASE(MemoryLevel, LevelTest) {
  SessionRef session;
  int next = 0;
  std::vector<std::string> names;

  void setup() override {
    LocalStoreOptions with = options(1 << 20);
    with.max_session_size = 1 << 30;
    CHECK(open(with) != nullptr);
    session = store->create(kLimits)->session;
  }
  uint64_t used() { return store->numbers().memory_used; }
  bool reached(unsigned percent) { return used() * 100 >= store->memory_size() * percent; }
  // The finest step there is: an attribute of one block.
  bool grow() {
    names.push_back("a" + std::to_string(next++));
    if (stored(store->set(session, names.back(), AttributeType::text, ""))) return true;
    names.pop_back();
    return false;
  }
  void shrink() {
    CHECK(store->remove(session, names.back()));
    names.pop_back();
  }
  // One block below it.
  void fill_to_just_below(unsigned percent) {
    const uint64_t threshold = (store->memory_size() * percent + 99) / 100;
    while (used() + kBlockSize < threshold) CHECK(grow());
    CHECK_FALSE(reached(percent));
  }
};

TEST(MemoryLevel, of_70_percent_is_said_with_the_block_that_reaches_it_and_refuses_nothing) {
  fill_to_just_below(70);
  LONGS_EQUAL(0, count_of(id::session_memory_70));
  CHECK(grow());
  CHECK(reached(70));
  LONGS_EQUAL(1, count_of(id::session_memory_70));
  LONGS_EQUAL(1, store->numbers().level);
  CHECK(store->create(kLimits).ok());
  CHECK(grow());
}

TEST(MemoryLevel, of_90_percent_refuses_new_sessions_with_the_block_that_reaches_it) {
  fill_to_just_below(90);
  LONGS_EQUAL(0, count_of(id::session_memory_90));
  const auto last = store->create(kLimits);  // this one reaches it
  CHECK(last.ok());
  CHECK(reached(90));
  const auto refused = store->create(kLimits);
  CHECK_FALSE(refused.ok());
  CHECK(refused.error() == Refusal::store_full);
  LONGS_EQUAL(1, count_of(id::session_memory_90));
  CHECK(last_of(id::session_memory_90).find("CACH-0067") != std::string::npos);
  LONGS_EQUAL(1, store->numbers().refused_new);
  // Who is there works on.
  CHECK(grow());
  CHECK(store->find(last->id, 0ms).has_value());
}

TEST(MemoryLevel, of_95_percent_refuses_changes_with_the_block_that_reaches_it) {
  fill_to_just_below(95);
  LONGS_EQUAL(0, count_of(id::session_memory_95));
  CHECK(grow());
  CHECK(reached(95));
  LONGS_EQUAL(1, count_of(id::session_memory_95));
  CHECK(last_of(id::session_memory_95).find("CACH-0068") != std::string::npos);
  CHECK_FALSE(grow());
  CHECK(store->create(kLimits).error() == Refusal::store_frozen);
  LONGS_EQUAL(1, store->numbers().refused_change);
  // Reading, renewing, removing and ending need no memory.
  AttributeValue value;
  CHECK(store->get(session, names.front(), value));
  CHECK(store->renew(session, 0ms).ok());
  shrink();
}

TEST(MemoryLevel, of_each_threshold_recovers_two_percent_below_and_says_so_once) {
  fill_to_just_below(95);
  CHECK(grow());
  for (const unsigned percent : {95u, 90u, 70u}) {
    lines.clear();
    const unsigned level = store->numbers().level;
    while (reached(percent - 2)) {
      LONGS_EQUAL(level, store->numbers().level);
      shrink();
    }
    LONGS_EQUAL(level - 1, store->numbers().level);
    LONGS_EQUAL(1, count_of(id::session_memory_recovered));
  }
  LONGS_EQUAL(0, store->numbers().level);
  CHECK(store->create(kLimits).ok());
}

TEST(MemoryLevel, that_sways_around_a_threshold_is_said_once) {
  fill_to_just_below(90);
  for (int i = 0; i < 50; i++) {
    CHECK(grow());
    shrink();
  }
  LONGS_EQUAL(1, count_of(id::session_memory_70));
  LONGS_EQUAL(1, count_of(id::session_memory_90));
  LONGS_EQUAL(0, count_of(id::session_memory_recovered));
}

TEST(MemoryLevel, that_one_process_said_no_other_says_again) {
  fill_to_just_below(70);
  navajo::shm::Forked child([this] {
    return grow() && count_of(id::session_memory_70) == 1;
  });
  CHECK(child.succeeded());
  CHECK(store->create(kLimits).ok());
  LONGS_EQUAL(1, store->numbers().level);
  LONGS_EQUAL(0, count_of(id::session_memory_70));
}

TEST(MemoryLevel, never_lets_one_large_attribute_break_a_store_that_is_nearly_full) {
  fill_to_just_below(95);
  const auto refused = store->set(session, "huge", AttributeType::text, std::string(1 << 18, 'x'));
  CHECK(refused.error() == Refusal::store_frozen);
  LONGS_EQUAL(1, store->numbers().refused_memory);
  const WalkReport report = store->validate();
  if (!report.clean()) FAIL(report.text().c_str());
  CHECK(grow());
}
