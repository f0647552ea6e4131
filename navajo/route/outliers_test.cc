#include "navajo/route/shared_router.h"

#include "navajo/route/router_fixture.h"

using namespace navajo;
using namespace navajo::route;

TEST_GROUP_BASE(Outliers, RouterTest){};

TEST(Outliers, failures_in_a_row_eject_and_one_at_a_time_tries_it_again) {
  options.max_failures = 3;
  options.eject_time = 1000ms;
  open({backend("a"), backend("b")});
  fail("a");
  fail("a");
  for (int i = 0; i < 100; i++) {
    Choice choice = choose();
    if (choice.backend().id == "a") choice.succeeded();
  }
  fail("a");
  fail("a");
  LONGS_EQUAL(0, logged[2004]);
  fail("a");
  LONGS_EQUAL(1, logged[2004]);
  LONGS_EQUAL(1000, state("a").ejected_ms);
  for (int i = 0; i < 20; i++) STRCMP_EQUAL("b", chosen().c_str());
  clock.advance(1000ms);
  LONGS_EQUAL(-1, state("a").ejected_ms);
  // The others are at work, so it would be chosen.
  Choice busy = choose();
  std::vector<Choice> held;
  for (int i = 0; i < 10; i++) held.push_back(choose());
  int trials = busy.backend().id == "a" ? 1 : 0;
  for (const Choice& one : held) trials += one.backend().id == "a" ? 1 : 0;
  LONGS_EQUAL(1, trials);
  held.clear();
  busy.release();
  fail("a");  // longer this time
  LONGS_EQUAL(2000, state("a").ejected_ms);
  clock.advance(2000ms);
  for (int i = 0; i < 20 && logged[2005] == 0; i++) {
    Choice choice = choose();
    choice.succeeded();
  }
  LONGS_EQUAL(1, logged[2005]);
  LONGS_EQUAL(0, state("a").ejected_ms);
  // It flaps: still longer. After a good time it begins anew.
  for (int i = 0; i < 3; i++) fail("a");
  LONGS_EQUAL(3000, state("a").ejected_ms);
  clock.advance(3000ms);
  for (int i = 0; i < 20; i++) choose().succeeded();
  clock.advance(10'000ms);
  for (int i = 0; i < 3; i++) fail("a");
  LONGS_EQUAL(1000, state("a").ejected_ms);
}

TEST(Outliers, a_trial_that_says_nothing_lets_the_next_one_try) {
  options.max_failures = 1;
  options.eject_time = 1000ms;
  options.max_ejected_percent = 100;
  open({backend("a")});
  fail("a");
  STRCMP_EQUAL("no backend is usable", chosen().c_str());
  clock.advance(1000ms);
  {
    Choice choice = choose();
    CHECK_TRUE(static_cast<bool>(choice));
    STRCMP_EQUAL("no backend is usable", chosen().c_str());
  }
  STRCMP_EQUAL("a", chosen().c_str());
}

TEST(Outliers, a_share_of_failures_ejects_once_there_are_enough) {
  options.max_failures = 0;
  options.failure_percent = 30;
  open({backend("a"), backend("b")});
  for (int i = 0; i < 19; i++) {
    Choice choice;
    while (!choice || choice.backend().id != "a") choice = choose();
    if (i % 3 == 0)
      choice.failed(Failing::answer);
    else
      choice.succeeded();
  }
  LONGS_EQUAL(0, state("a").ejected_ms);
  fail("a");
  CHECK_TRUE(state("a").ejected_ms > 0);
}

TEST(Outliers, no_more_than_a_share_of_an_app_is_ejected) {
  options.max_failures = 1;
  std::vector<BackendRow> rows;
  for (int i = 0; i < 5; i++) rows.push_back(backend("b" + std::to_string(i)));
  open(rows);
  for (int i = 0; i < 20; i++) choose().failed(Failing::connect);
  int ejected = 0;
  router->visit([&](const BackendState& one) {
    ejected += one.ejected_ms != 0 ? 1 : 0;
    return true;
  });
  LONGS_EQUAL(2, ejected);
  CHECK_TRUE(static_cast<bool>(choose()));
}

TEST(Outliers, connect_times_are_a_moving_mean) {
  open({backend("a")});
  Choice choice = choose();
  choice.connected(800us);
  LONGS_EQUAL(800, state("a").connect_us);
  choice.connected(1600us);
  LONGS_EQUAL(900, state("a").connect_us);
}
