#include "navajo/rules/counter_rows.h"

#include <set>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::rules;

TEST_GROUP(CounterRows) {
  std::vector<CounterRowShm> memory{65};
  CounterRows rows{memory};
};

TEST(CounterRows, an_id_has_the_same_row_for_ever) {
  const uint32_t row = rows.place("block-bots", 1);
  rows.counters(row).hits.store(5);
  for (int i = 0; i < 30; i++) CHECK(rows.place("other-" + std::to_string(i), 2) != row);
  LONGS_EQUAL(row, rows.place("block-bots", 3));
  LONGS_EQUAL(5, rows.counters(row).hits.load());
}

TEST(CounterRows, long_ids_are_told_apart_by_their_ends) {
  const std::string head(100, 'x');
  CHECK(rows.place(head + "1", 1) != rows.place(head + "2", 1));
  LONGS_EQUAL(rows.place(head + "1", 1), rows.place(head + "1", 2));
}

TEST(CounterRows, who_finds_no_row_shares_the_last_one) {
  std::set<uint32_t> used;
  for (int i = 0; i < 64; i++) used.insert(rows.place("r" + std::to_string(i), 1));
  LONGS_EQUAL(64, used.size());
  LONGS_EQUAL(64, rows.place("one too many", 1));
  LONGS_EQUAL(rows.shared_row(), rows.place("another", 1));
}

TEST(CounterRows, rows_of_rules_that_are_gone_for_long_are_given_to_others_with_zeros) {
  for (int i = 0; i < 64; i++) rows.counters(rows.place("r" + std::to_string(i), 1)).hits.store(7);
  LONGS_EQUAL(rows.shared_row(), rows.place("new", 1 + CounterRows::kKeptGenerations));
  const uint32_t row = rows.place("new", 2 + CounterRows::kKeptGenerations);
  CHECK(row != rows.shared_row());
  LONGS_EQUAL(0, rows.counters(row).hits.load());
  LONGS_EQUAL(row, rows.place("new", 3 + CounterRows::kKeptGenerations));
}
