#include "navajo/limits/credit_table.h"

#include <string>
#include <thread>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::limits;
using namespace std::chrono_literals;

TEST_GROUP(CreditTable) {
  static constexpr int64_t kDay = 86400;
  std::vector<CreditTable::RowShm> rows = std::vector<CreditTable::RowShm>(4);
  CreditNumbersShm numbers{};
  CreditTable table{rows.data(), 4, numbers};
  int64_t now = 20000 * kDay + 3600;
  CreditSpec daily{.amount = 10};

  static Key key(uint64_t n) { return {n * 0x9e3779b97f4a7c15, n * 0xd1342543de82ef95 + 12345}; }
  static Key in_row_0(uint64_t n) { return {n * 0x9e3779b97f4a7c15, n & 0xffff}; }
  CreditDecision use(const Key& of, const CreditSpec& spec, uint64_t price = 1) {
    return table.use(of, spec, now, price, CreditTable::Mode::within, "label");
  }
  uint64_t left(const Key& of, const CreditSpec& spec) { return use(of, spec, 0).remaining; }
};

TEST(CreditTable, a_credit_lasts_until_its_window_is_over) {
  CHECK_TRUE(use(key(1), daily, 4).allowed);
  LONGS_EQUAL(6, left(key(1), daily));
  CHECK_TRUE(use(key(1), daily, 6).allowed);
  const CreditDecision refused = use(key(1), daily);
  CHECK_FALSE(refused.allowed);
  LONGS_EQUAL(kDay - 3600, refused.reset_after.count());
  now = 20001 * kDay - 1;
  CHECK_FALSE(use(key(1), daily).allowed);
  LONGS_EQUAL(1, use(key(1), daily).reset_after.count());
  now++;
  LONGS_EQUAL(10, left(key(1), daily));
}

TEST(CreditTable, what_is_charged_afterwards_may_go_beyond) {
  (void)table.use(key(1), daily, now, 25, CreditTable::Mode::beyond, {});
  CHECK_FALSE(use(key(1), daily).allowed);
  LONGS_EQUAL(0, left(key(1), daily));
  now += kDay;
  CHECK_TRUE(use(key(1), daily).allowed);
}

TEST(CreditTable, a_clock_that_is_set_back_gives_nothing_twice) {
  use(key(1), daily, 10);
  now += kDay;  // into the next day
  CHECK_TRUE(use(key(1), daily, 8).allowed);
  now -= kDay;  // and back
  CHECK_FALSE(use(key(1), daily, 3).allowed);
  CHECK_TRUE(use(key(1), daily, 2).allowed);
  now += kDay;
  CHECK_FALSE(use(key(1), daily).allowed);
  now += kDay;
  CHECK_TRUE(use(key(1), daily).allowed);
}

TEST(CreditTable, a_clock_that_was_years_ahead_does_not_keep_a_credit_for_years) {
  now += 3650 * kDay;
  use(key(1), daily, 9);
  now -= 3650 * kDay;
  CHECK_FALSE(use(key(1), daily, 2).allowed);
  CHECK_TRUE(use(key(1), daily, 1).allowed);
  now += kDay;
  CHECK_TRUE(use(key(1), daily, 10).allowed);
}

TEST(CreditTable, another_period_gives_nothing_back_before_the_window_is_over) {
  const CreditSpec monthly{.amount = 10, .period = CreditPeriod::monthly, .day = 1};
  use(key(1), daily, 7);
  LONGS_EQUAL(3, left(key(1), monthly));
  CHECK_TRUE(use(key(1), monthly, 1).allowed);
  now += 2 * kDay;  // in the same month: 20000 days are the 4th of October 2024
  LONGS_EQUAL(2, left(key(1), monthly));
  LONGS_EQUAL(2, left(key(1), daily));
  CHECK_TRUE(use(key(1), daily, 1).allowed);
  now += kDay;
  LONGS_EQUAL(10, left(key(1), daily));
}

TEST(CreditTable, above_the_soft_limit_requests_are_delayed) {
  const CreditSpec spec{.amount = 10, .soft_limit = 8, .max_delay = 100ms};
  LONGS_EQUAL(0, use(key(1), spec, 8).delay.count());
  LONGS_EQUAL(50, use(key(1), spec).delay.count());
  LONGS_EQUAL(100, use(key(1), spec).delay.count());
}

TEST(CreditTable, nobody_gives_way_before_48_hours_after_the_window) {
  for (uint64_t i = 1; i <= CreditTable::kWays; i++) use(in_row_0(i), daily, 10);
  CHECK_TRUE(use(in_row_0(50), daily).crowded);
  // All of those who came too late share one.
  CHECK_TRUE(use(in_row_0(51), daily, 9).allowed);
  CHECK_FALSE(use(in_row_0(52), daily).allowed);
  for (uint64_t i = 1; i <= CreditTable::kWays; i++) CHECK_FALSE(use(in_row_0(i), daily).allowed);
  now = 20001 * kDay + CreditTable::kKeptSeconds - 1;
  LONGS_EQUAL(CreditTable::kWays, table.clean(0, 4, now));
  CHECK_TRUE(use(in_row_0(60), daily).crowded);
  now++;
  CHECK_FALSE(use(in_row_0(61), daily).crowded);
  LONGS_EQUAL(1, table.clean(0, 4, now));
}

TEST(CreditTable, what_a_file_says_never_takes_away_what_was_used) {
  use(key(1), daily, 3);
  std::vector<CreditRecord> saved;
  table.for_each([&](const CreditRecord& record) {
    saved.push_back(record);
    return true;
  });
  LONGS_EQUAL(1, saved.size());
  STRCMP_EQUAL("label", saved[0].label);
  LONGS_EQUAL(10, saved[0].amount);
  use(key(1), daily, 4);
  CHECK_TRUE(table.restore(saved[0], now));
  LONGS_EQUAL(3, left(key(1), daily));
  std::vector<CreditTable::RowShm> fresh_rows(2);
  CreditNumbersShm fresh_numbers{};
  CreditTable fresh(fresh_rows.data(), 2, fresh_numbers);
  CHECK_TRUE(fresh.restore(saved[0], now));
  LONGS_EQUAL(7, fresh.use(key(1), daily, now, 0, CreditTable::Mode::within, {}).remaining);
}

TEST(CreditTable, threads_take_no_more_than_there_is) {
  const CreditSpec spec{.amount = 10000};
  std::atomic<uint64_t> got{0};
  const auto work = [&] {
    for (int i = 0; i < 8000; i++) got += use(key(9), spec).allowed ? 1 : 0;
  };
  std::thread one(work), two(work);
  one.join();
  two.join();
  LONGS_EQUAL(10000, got.load());
}
