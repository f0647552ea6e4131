#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "navajo/limits/shared_limits.h"
#include "navajo/observe/log.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::limits;
using namespace std::chrono_literals;

TEST_GROUP(ForgottenLimits) {
  char folder[32] = "/tmp/navajo-forget-XXXXXX";
  LimitsOptions options;
  const base::TimePoint now = base::system_clock().now();
  const int64_t wall = time(nullptr);
  const RateSpec rate{.limit = 10, .window = 60s, .mark = policy_mark("api")};
  const CreditSpec credit{.amount = 10};

  void setup() override {
    CHECK_TRUE(mkdtemp(folder) != nullptr);
    options.name = "forget";
    options.memory = 1 << 20;
    options.credits_file = std::string(folder) + "/credits";
    observe::set_log_sink([](observe::LogId, std::string_view) {}, [](observe::Level) { return false; });
  }
  void teardown() override {
    Limits::close_unused();
    std::filesystem::remove_all(folder);
    observe::set_log_sink(nullptr, nullptr);
  }
  std::shared_ptr<SharedLimits> open() {
    auto limits = SharedLimits::open_segment(options);
    CHECK_TRUE(limits.ok());
    (*limits)->put_to_work();
    return *limits;
  }
  static Key key(SharedLimits & limits, std::string_view who) { return KeyBuilder(limits.secret()).part(who).finish(); }
  std::vector<RateUse> uses(SharedLimits & limits) const {
    std::vector<RateUse> found;
    uint32_t at = 0;
    do {
      at = limits.visit_rates(at, now, [&](const RateUse& use) {
        found.push_back(use);
        found.back().name = {};
      });
    } while (at != 0);
    return found;
  }
  uint64_t left(SharedLimits & limits, std::string_view who) const {
    return limits.credit(key(limits, who), credit, wall, 0).remaining;
  }
};

TEST(ForgottenLimits, rates_are_visited_with_what_is_used_of_them) {
  const auto limits = open();
  LONGS_EQUAL(0, uses(*limits).size());
  for (int i = 0; i < 4; i++) (void)limits->rate(key(*limits, "anna"), rate, now);
  const RateSpec bucket{.limit = 60, .window = 60s, .algorithm = RateAlgorithm::token_bucket, .burst = 20, .mark = 7};
  for (int i = 0; i < 5; i++) (void)limits->rate(key(*limits, "bert"), bucket, now);
  const auto found = uses(*limits);
  LONGS_EQUAL(2, found.size());
  for (const RateUse& use : found) {
    const bool anna = use.algorithm == RateAlgorithm::two_window;
    CHECK_EQUAL(key_id(key(*limits, anna ? "anna" : "bert")), use.id);
    LONGS_EQUAL(anna ? 4 : 5, use.used);
    LONGS_EQUAL(anna ? 10 : 20, use.limit);
    LONGS_EQUAL(anna ? policy_mark("api") : 7, use.mark);
    LONGS_EQUAL(60, std::chrono::duration_cast<std::chrono::seconds>(use.window).count());
    DOUBLES_EQUAL(anna ? 0.4 : 0.25, use.share, 0.001);
  }
}

TEST(ForgottenLimits, who_was_refused_is_visited_with_a_name) {
  const auto limits = open();
  (void)limits->rate(key(*limits, "anna"), rate, now);
  limits->name_refused(key(*limits, "anna"), "api 192.0.2.1");
  std::string name;
  (void)limits->visit_rates(0, now, [&](const RateUse& use) { name = use.name; });
  uint32_t at = 0;
  do at = limits->visit_rates(at, now, [&](const RateUse& use) { name = use.name; });
  while (at != 0);
  STRCMP_EQUAL("api 192.0.2.1", name.c_str());
}

TEST(ForgottenLimits, a_key_begins_anew_in_all_processes) {
  const auto limits = open();
  const Key anna = key(*limits, "anna"), bert = key(*limits, "bert");
  for (int i = 0; i < 10; i++) (void)limits->rate(anna, rate, now), (void)limits->rate(bert, rate, now);
  CHECK_FALSE(limits->rate(anna, rate, now).allowed);
  shm::Forked child([&] { return limits->forget(anna) == 1; });
  CHECK_TRUE(child.succeeded());
  CHECK_TRUE(limits->rate(anna, rate, now).allowed);
  CHECK_FALSE(limits->rate(bert, rate, now).allowed);
  LONGS_EQUAL(0, limits->forget(key(*limits, "nobody")));
}

TEST(ForgottenLimits, all_keys_of_a_policy_begin_anew) {
  const auto limits = open();
  RateSpec other = rate;
  other.mark = policy_mark("other");
  for (int i = 0; i < 100; i++) (void)limits->rate(key(*limits, std::to_string(i)), i % 2 ? rate : other, now);
  uint64_t forgotten = 0;
  uint32_t at = 0;
  do
    at = limits->forget_rates(
        at, now, [&](const RateUse& use) { return use.mark == rate.mark; }, forgotten);
  while (at != 0);
  LONGS_EQUAL(50, forgotten);
  LONGS_EQUAL(50, uses(*limits).size());
}

TEST(ForgottenLimits, a_shared_entry_is_visited_without_an_id_and_forgotten_as_well) {
  options.memory = 1;  // one row
  const auto limits = open();
  // Eight who have used it up: one finds no way of its own.
  for (int who = 0; who < 8; who++)
    for (int i = 0; i < 10; i++) (void)limits->rate(key(*limits, std::to_string(who)), rate, now);
  int shared = 0;
  for (const RateUse& use : uses(*limits)) shared += use.id == 0 ? 1 : 0;
  LONGS_EQUAL(1, shared);
  CHECK_FALSE(limits->rate(key(*limits, "7"), rate, now).allowed);
  uint64_t forgotten = 0;
  (void)limits->forget_rates(
      0, now, [](const RateUse& use) { return use.id == 0; }, forgotten);
  LONGS_EQUAL(1, forgotten);
  CHECK_TRUE(limits->rate(key(*limits, "7"), rate, now).allowed);
}

TEST(ForgottenLimits, a_credit_that_was_forgotten_does_not_come_back_from_the_file) {
  {
    const auto limits = open();
    for (const char* who : {"anna", "bert"}) (void)limits->credit(key(*limits, who), credit, wall, 10, who);
    CHECK_TRUE(limits->save());
    (void)limits->credit(key(*limits, "bert"), credit, wall, 0, "bert");
    LONGS_EQUAL(1, limits->forget(key(*limits, "anna")));
    CHECK_TRUE(limits->save_forgotten());
    LONGS_EQUAL(10, left(*limits, "anna"));
  }
  Limits::close_unused();
  const auto limits = open();
  LONGS_EQUAL(10, left(*limits, "anna"));
  LONGS_EQUAL(0, left(*limits, "bert"));
}

TEST(ForgottenLimits, many_credits_leave_nothing_behind_in_the_file) {
  options.memory = 8 << 20;
  {
    const auto limits = open();
    for (int i = 0; i < 1500; i++) {
      const std::string who = "many " + std::to_string(i);
      (void)limits->credit(key(*limits, who), credit, wall, 10, who);
    }
    CHECK_TRUE(limits->save());
    (void)limits->credit(key(*limits, "one"), credit, wall, 3, "one");
    CHECK_TRUE(limits->save());
    LONGS_EQUAL(1500, limits->forget_credits([](const CreditUse& use) { return use.label.starts_with("many "); }));
    CHECK_TRUE(limits->save_forgotten());
  }
  Limits::close_unused();
  const auto limits = open();
  uint64_t count = 0;
  limits->visit_credits([&](const CreditUse&) { return ++count != 0; });
  LONGS_EQUAL(1, count);
  LONGS_EQUAL(7, left(*limits, "one"));
}
