#include "navajo/cli/reload_watch.h"

#include "CppUTest/TestHarness.h"

using namespace std::chrono_literals;
using navajo::cli::ReloadWatch;
using navajo::observe::ConfigurationState;
using navajo::observe::StatusNumbers;
using Outcome = ReloadWatch::Outcome;

TEST_GROUP(ReloadWatch) {
  StatusNumbers before() {
    StatusNumbers numbers;
    numbers.generation = 4;
    numbers.child_crashes = 7;
    numbers.children.resize(2);
    for (auto& child : numbers.children) child.generation = 4;
    return numbers;
  }
  StatusNumbers after(size_t children, uint64_t died = 0) {
    StatusNumbers numbers = before();
    numbers.generation = 5;
    numbers.child_crashes += died;
    for (size_t i = 0; i < children; i++) numbers.children.emplace_back().generation = 5;
    return numbers;
  }
  ReloadWatch watch{before(), 0ms};
  bool nothing_yet(const StatusNumbers& numbers, ReloadWatch::Time time) {
    return !watch.look(numbers, true, time).has_value();
  }
  void tells(Outcome wanted, const StatusNumbers& numbers, ReloadWatch::Time time, bool alive = true) {
    const auto outcome = watch.look(numbers, alive, time);
    CHECK_TRUE(outcome.has_value());
    CHECK_TRUE(*outcome == wanted);
  }
};

TEST(ReloadWatch, believes_children_that_live_for_a_moment) {
  CHECK_TRUE(nothing_yet(before(), 10ms));
  CHECK_TRUE(nothing_yet(after(0), 100ms));
  CHECK_TRUE(nothing_yet(after(1), 200ms));
  CHECK_TRUE(nothing_yet(after(2), 499ms));
  tells(Outcome::serves, after(2), 500ms);
}

TEST(ReloadWatch, does_not_believe_the_children_of_before) {
  CHECK_TRUE(nothing_yet(before(), 10s));
}

TEST(ReloadWatch, a_death_makes_it_wait_longer) {
  CHECK_TRUE(nothing_yet(after(2), 100ms));
  CHECK_TRUE(nothing_yet(after(1, 1), 200ms));
  CHECK_TRUE(nothing_yet(after(2, 1), 5100ms));
  tells(Outcome::serves, after(2, 1), 5200ms);
}

TEST(ReloadWatch, children_that_come_and_go_are_not_serving) {
  CHECK_TRUE(nothing_yet(after(1), 100ms));
  CHECK_TRUE(nothing_yet(after(0), 350ms));
  CHECK_TRUE(nothing_yet(after(1), 500ms));
  tells(Outcome::serves, after(1), 800ms);
}

TEST(ReloadWatch, tells_what_the_server_did_instead) {
  StatusNumbers numbers = after(2);
  numbers.configuration_state = ConfigurationState::kept;
  tells(Outcome::refused, numbers, 100ms);
  numbers.configuration_state = ConfigurationState::rolled_back;
  tells(Outcome::rolled_back, numbers, 3s);
  tells(Outcome::ended, before(), 3s, false);
}

// The state of the last reload stays until the next one.
TEST(ReloadWatch, is_not_deceived_by_an_earlier_outcome) {
  StatusNumbers numbers = before();
  numbers.configuration_state = ConfigurationState::rolled_back;
  CHECK_TRUE(nothing_yet(numbers, 100ms));
}

TEST(ReloadWatch, gives_up_in_the_end) {
  CHECK_TRUE(nothing_yet(after(0), 59s));
  tells(Outcome::unclear, after(0), 60s);
}
