#include "navajo/container/configuration_trial.h"

#include "CppUTest/TestHarness.h"

using namespace std::chrono_literals;
using navajo::container::ConfigurationTrial;

TEST_GROUP(ConfigurationTrial) {
  ConfigurationTrial trial;
};

TEST(ConfigurationTrial, the_third_death_condemns_and_is_said_once) {
  trial.begin(1000ms);
  CHECK_FALSE(trial.child_died(1100ms));
  CHECK_FALSE(trial.child_died(1200ms));
  CHECK_TRUE(trial.child_died(1300ms));
  CHECK_FALSE(trial.child_died(1400ms));
}

TEST(ConfigurationTrial, deaths_after_its_time_condemn_nobody) {
  trial.begin(1000ms);
  for (int i = 0; i < 2; i++) CHECK_FALSE(trial.child_died(2000ms));
  CHECK_FALSE(trial.child_died(31000ms));
  CHECK_FALSE(trial.child_died(31001ms));
}

TEST(ConfigurationTrial, a_configuration_nobody_tries_is_trusted) {
  for (int i = 0; i < 5; i++) CHECK_FALSE(trial.child_died(10ms));
  CHECK_TRUE(trial.passed(10ms));
}

TEST(ConfigurationTrial, passes_without_a_death_or_with_time) {
  trial.begin(0ms);
  CHECK_TRUE(trial.passed(1ms));
  CHECK_FALSE(trial.child_died(2ms));
  CHECK_FALSE(trial.passed(3ms));
  CHECK_TRUE(trial.passed(30s));
  trial.begin(40s);
  CHECK_FALSE(trial.child_died(40s));
  LONGS_EQUAL(1, trial.deaths);
}
