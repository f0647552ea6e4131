#include "navajo/route/retry_budget.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::route;

TEST_GROUP(RetryBudget) {
  RetryBudgetShm shared{};
  int64_t now = 1'000'000;
};

TEST(RetryBudget, second_tries_are_a_share_of_the_first_ones_over_some_seconds) {
  RetryBudget budget(shared, 20);
  for (int i = 0; i < 1000; i++) budget.note_first(now);
  int allowed = 0;
  while (allowed < 1000 && budget.allow_second(now)) allowed++;
  LONGS_EQUAL(200, allowed);
  CHECK_FALSE(budget.allow_second(now + RetryBudget::kWindowMs));
  CHECK_TRUE(budget.allow_second(now + 3 * RetryBudget::kWindowMs));
}

TEST(RetryBudget, a_few_are_allowed_when_there_is_little_to_do) {
  RetryBudget budget(shared, 20);
  budget.note_first(now);
  for (uint64_t i = 0; i < RetryBudget::kAlways; i++) CHECK_TRUE(budget.allow_second(now));
  CHECK_FALSE(budget.allow_second(now));
  CHECK_TRUE(budget.is_news(now));
  CHECK_FALSE(budget.is_news(now));
  CHECK_TRUE(budget.is_news(now + RetryBudget::kWindowMs));
}

TEST(RetryBudget, none_means_none) {
  RetryBudget budget(shared, 0);
  for (int i = 0; i < 1000; i++) budget.note_first(now);
  CHECK_FALSE(budget.allow_second(now));
}
