#include "navajo/limits/shared_limits.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/observe/log.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::limits;
using namespace std::chrono_literals;

static std::vector<int> g_logged;

TEST_GROUP(SharedLimits) {
  char folder[32] = "/tmp/navajo-limits-XXXXXX";
  LimitsOptions options;
  base::ManualClock clock;
  const int64_t wall = time(nullptr);

  void setup() override {
    CHECK_TRUE(mkdtemp(folder) != nullptr);
    options.name = "test";
    options.memory = 1 << 20;
    options.credits_file = std::string(folder) + "/credits";
    observe::set_log_sink([](observe::LogId id, std::string_view) { g_logged.push_back(id.number); },
                          [](observe::Level) { return true; });
  }
  void teardown() override {
    forget();
    std::filesystem::remove_all(folder);
    observe::set_log_sink(nullptr, nullptr);
    g_logged = {};
    g_logged.shrink_to_fit();
  }
  std::shared_ptr<SharedLimits> open() {
    auto limits = SharedLimits::open_segment(options);
    CHECK_TRUE(limits.ok());
    (*limits)->put_to_work();
    return *limits;
  }
  // As when the server is stopped.
  static void forget() { Limits::close_unused(); }
  static bool logged(int id) {
    for (const int one : g_logged)
      if (one == id) return true;
    return false;
  }
  Key key(SharedLimits & limits, std::string_view who) { return KeyBuilder(limits.secret()).part(who).finish(); }
  uint64_t left(SharedLimits & limits, const CreditSpec& spec, std::string_view who = "anna") {
    return limits.credit(key(limits, who), spec, wall, 0).remaining;
  }
};

TEST(SharedLimits, two_children_together_get_what_the_limit_says_within_one_percent) {
  options.credits_file.clear();
  const auto limits = open();
  for (const RateAlgorithm algorithm : {RateAlgorithm::two_window, RateAlgorithm::token_bucket}) {
    const RateSpec spec{.limit = 10000, .window = 10s, .algorithm = algorithm};
    const Key who = key(*limits, algorithm == RateAlgorithm::two_window ? "w" : "b");
    // Ten windows, 1 ms apart; each child asks as often as would be too often alone.
    const auto child = [&](int number) {
      int answers[2];
      CHECK_EQUAL(0, pipe(answers));
      shm::Forked forked([&, number] {
        uint32_t got = 0;
        for (int64_t ms = 0; ms < 100'000; ms++)
          for (int i = 0; i < 2; i++)
            got += limits->rate(who, spec, base::TimePoint(1h + ms * 1ms + number * 100us)).allowed ? 1 : 0;
        return write(answers[1], &got, sizeof got) == sizeof got;
      });
      return std::pair(std::move(forked), answers[0]);
    };
    auto one = child(0), two = child(1);
    uint32_t got[2] = {0, 0};
    CHECK_EQUAL(sizeof got[0], read(one.second, &got[0], sizeof got[0]));
    CHECK_EQUAL(sizeof got[1], read(two.second, &got[1], sizeof got[1]));
    CHECK_TRUE(one.first.succeeded() && two.first.succeeded());
    // A bucket's burst comes once besides. A child that was ahead of the other has the window's later part to itself.
    const double expected = algorithm == RateAlgorithm::two_window ? 100'000 : 110'000;
    DOUBLES_EQUAL(expected, got[0] + got[1], expected / 100);
  }
}

TEST(SharedLimits, a_graceful_restart_keeps_counts_and_credits) {
  const RateSpec rate{.limit = 2, .window = 100s};
  {
    const auto before = open();
    CHECK_TRUE(before->rate(key(*before, "x"), rate, clock.now(), 2).allowed);
    CHECK_TRUE(before->credit(key(*before, "anna"), {.amount = 10}, wall, 4).allowed);
  }
  options.memory = 4 << 20;  // counts after the next stop
  const auto after = open();
  CHECK_FALSE(after->rate(key(*after, "x"), rate, clock.now(), 1).allowed);
  LONGS_EQUAL(6, left(*after, {.amount = 10}));
}

TEST(SharedLimits, credits_outlive_the_server) {
  {
    const auto limits = open();
    CHECK_TRUE(limits->credit(key(*limits, "anna"), {.amount = 10}, wall, 4, "key of anna").allowed);
  }
  forget();
  const auto limits = open();
  CHECK_TRUE(logged(1923));
  LONGS_EQUAL(6, left(*limits, {.amount = 10}));
  std::string label;
  limits->visit_credits([&](const CreditUse& use) {
    label = use.label;
    LONGS_EQUAL(6, use.remaining());
    return true;
  });
  STRCMP_EQUAL("key of anna", label.c_str());
}

TEST(SharedLimits, what_was_saved_outlives_a_kill) {
  // Parent and child in one: killed a moment after the caretaker's look, so no destructor runs.
  shm::Forked server([&] {
    const auto limits = open();
    for (int i = 0; i < 5; i++) (void)limits->credit(key(*limits, "anna"), {.amount = 10}, wall, 1);
    limits->look_after(clock.now() + 10s, wall);
    (void)limits->credit(key(*limits, "anna"), {.amount = 10}, wall, 1);  // not saved any more
    raise(SIGKILL);
    return true;
  });
  CHECK_FALSE(server.succeeded());
  const auto limits = open();
  LONGS_EQUAL(5, left(*limits, {.amount = 10}));
}

TEST(SharedLimits, a_damaged_file_is_kept_aside_and_what_can_be_read_counts) {
  {
    const auto limits = open();
    for (const char* who : {"anna", "bert", "carl"})
      CHECK_TRUE(limits->credit(key(*limits, who), {.amount = 10}, wall, 4).allowed);
  }
  forget();
  {
    std::fstream file(options.credits_file, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8192 + 20);
    file << "rubbish";
    file.seekp(8192 + 65536 + 20);
    file << "rubbish";
  }
  const auto limits = open();
  CHECK_TRUE(logged(1924));
  CHECK_TRUE(std::filesystem::exists(options.credits_file + ".damaged"));
  int known = 0;
  for (const char* who : {"anna", "bert", "carl"}) known += left(*limits, {.amount = 10}, who) == 6 ? 1 : 0;
  LONGS_EQUAL(2, known);
}

TEST(SharedLimits, a_file_that_cannot_be_written_stops_nobody) {
  options.credits_file = std::string(folder) + "/none/credits";
  const auto limits = open();
  CHECK_TRUE(logged(1922));
  CHECK_TRUE(limits->credit(key(*limits, "anna"), {.amount = 10}, wall, 4).allowed);
}

TEST(SharedLimits, sleepers_are_limited) {
  options.max_sleepers = 2;
  const auto limits = open();
  CHECK_TRUE(limits->begin_sleep());
  CHECK_TRUE(limits->begin_sleep());
  CHECK_FALSE(limits->begin_sleep());
  CHECK_TRUE(logged(1925));
  limits->end_sleep();
  CHECK_TRUE(limits->begin_sleep());
  limits->end_sleep();
  limits->end_sleep();
}

TEST(SharedLimits, the_caretaker_drops_what_is_forgotten_and_says_that_rows_are_full) {
  options.credits_file.clear();
  options.memory = 320;  // one row
  const auto limits = open();
  for (int i = 0; i < 20; i++) (void)limits->rate(key(*limits, std::to_string(i)), {.limit = 1}, clock.now());
  limits->look_after(clock.now(), wall);
  CHECK_TRUE(logged(1920));
  clock.advance(100s);
  limits->look_after(clock.now(), wall);
  api::FakeStatusWriter status;
  limits->report(status);
  CHECK_TRUE(status.has("limits/rates/keys 0"));
  CHECK_TRUE(status.has("limits/rates/crowded 13"));
}

TEST(SharedLimits, the_caretaker_gives_back_what_a_killed_child_held) {
  const auto limits = open();
  shm::Forked child([&] {
    limits->start_child();
    new Slot(limits->enter(key(*limits, "x"), 1));
    raise(SIGKILL);
    return true;
  });
  CHECK_FALSE(child.succeeded());
  CHECK_FALSE(static_cast<bool>(limits->enter(key(*limits, "x"), 1)));
  clock.advance(100s);
  limits->look_after(clock.now(), wall);
  CHECK_TRUE(static_cast<bool>(limits->enter(key(*limits, "x"), 1)));
  CHECK_TRUE(logged(1928));
}

TEST(SharedLimits, a_childs_thread_saves_and_ends) {
  options.save_interval = 10ms;
  const auto limits = open();
  limits->start_child();
  (void)limits->credit(key(*limits, "anna"), {.amount = 10}, wall, 3);
  limits->stop_child();
  api::FakeStatusWriter status;
  limits->report(status);
  CHECK_FALSE(status.has("limits/credits/saves 0"));
  CHECK_TRUE(status.has("limits/slots/at_work 0"));
}
