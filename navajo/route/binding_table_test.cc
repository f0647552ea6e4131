#include "navajo/route/binding_table.h"

#include <memory>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::route;

TEST_GROUP(BindingTable) {
  std::vector<BindingTable::BucketShm> buckets{8};
  BindingNumbersShm numbers{};
  BindingTable table{buckets.data(), 8, numbers};
  static constexpr uint32_t kTtl = 600;
  // Of the bucket with that number.
  static uint64_t in_bucket(uint64_t bucket, uint64_t which) { return bucket << 61 | which * 0x9e37 | 1; }
};

TEST(BindingTable, the_time_to_live_counts_at_use_and_every_use_renews_it) {
  LONGS_EQUAL(BindingTable::kNone, table.find(4711, kTtl, 1000));
  CHECK_TRUE(table.bind(4711, 42, kTtl, 1000) == BindingTable::Made::bound);
  LONGS_EQUAL(42, table.find(4711, kTtl, 1599));
  LONGS_EQUAL(42, table.find(4711, kTtl, 2198));
  LONGS_EQUAL(BindingTable::kNone, table.find(4711, kTtl, 2798));
  LONGS_EQUAL(BindingTable::kNone, table.find(4711, kTtl, 2798));
}

TEST(BindingTable, another_backend_takes_the_place_of_the_one_before) {
  table.bind(4711, 42, kTtl, 1000);
  CHECK_TRUE(table.bind(4711, 43, kTtl, 1001) == BindingTable::Made::bound_anew);
  LONGS_EQUAL(43, table.find(4711, kTtl, 1001));
  table.drop(4711, 42);  // it is bound to another by now
  LONGS_EQUAL(43, table.find(4711, kTtl, 1001));
  table.drop(4711, 43);
  LONGS_EQUAL(BindingTable::kNone, table.find(4711, kTtl, 1001));
}

TEST(BindingTable, a_full_bucket_gives_up_the_one_used_longest_ago) {
  for (uint64_t i = 0; i < BindingTable::kWays; i++) table.bind(in_bucket(3, i), 10, kTtl, 1000 + static_cast<int>(i));
  LONGS_EQUAL(10, table.find(in_bucket(3, 0), kTtl, 1100));
  CHECK_TRUE(table.bind(in_bucket(3, 99), 11, kTtl, 1101) == BindingTable::Made::evicted);
  LONGS_EQUAL(10, table.find(in_bucket(3, 0), kTtl, 1101));
  LONGS_EQUAL(BindingTable::kNone, table.find(in_bucket(3, 1), kTtl, 1101));
  LONGS_EQUAL(1, numbers.evicted.load());
  // One whose time is over gives way first.
  table.find(in_bucket(3, 99), kTtl, 2000);
  CHECK_TRUE(table.bind(in_bucket(3, 100), 12, kTtl, 2000) == BindingTable::Made::bound);
}

TEST(BindingTable, a_sweep_counts_those_that_live_and_cleans_the_others) {
  for (uint64_t bucket = 0; bucket < 8; bucket++) table.bind(in_bucket(bucket, 1), 10, kTtl, 1000);
  table.bind(in_bucket(5, 2), 10, kTtl, 1500);
  for (int i = 0; i < 4; i++) table.sweep(2, kTtl, 1500);
  LONGS_EQUAL(9, table.live());
  for (int i = 0; i < 4; i++) table.sweep(2, kTtl, 1700);
  LONGS_EQUAL(1, table.live());
  LONGS_EQUAL(64, table.capacity());
}

TEST(BindingTable, a_pair_that_does_not_fit_together_binds_nobody) {
  table.bind(in_bucket(2, 1), 10, kTtl, 1000);
  // As when the process was killed between its two stores.
  buckets[2].ways[0].client = in_bucket(2, 7);
  LONGS_EQUAL(BindingTable::kNone, table.find(in_bucket(2, 7), kTtl, 1000));
  LONGS_EQUAL(BindingTable::kNone, table.find(in_bucket(2, 1), kTtl, 1000));
  table.bind(in_bucket(2, 1), 10, kTtl, 1000);
  LONGS_EQUAL(10, table.find(in_bucket(2, 1), kTtl, 1000));
}

TEST(BindingTable, the_seconds_go_round_without_harm) {
  const int64_t late = (1 << 24) - 5;
  table.bind(4711, 42, kTtl, late);
  LONGS_EQUAL(42, table.find(4711, kTtl, late + 300));
  LONGS_EQUAL(BindingTable::kNone, table.find(4711, kTtl, late + 1000));
}
