#include <string>
#include <vector>

#include "navajo/connector/backend_list.h"
#include "navajo/observe/log.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::connector;
using namespace std::chrono_literals;
using Tried = BackendList::Tried;

namespace {

std::string* g_line;

}  // namespace

TEST_GROUP(BackendList) {
  navajo::base::ManualClock clock;
  BackendList list{*parse_addresses("a b | c", 80), {}, nullptr};

  size_t choose(Tried & tried) {
    const size_t index = list.choose(tried, clock.now());
    if (index != BackendList::kNone) tried.add(index);
    return index;
  }
  size_t choose_first() {
    Tried tried;
    return choose(tried);
  }
  std::string line;

  void setup() override {
    g_line = &line;
    navajo::observe::set_log_sink([](navajo::observe::LogId, std::string_view text) { *g_line = text; },
                                  [](navajo::observe::Level) { return true; });
  }
  void teardown() override { navajo::observe::set_log_sink(nullptr, nullptr); }
};

TEST(BackendList, the_first_gets_everything_while_it_is_usable) {
  for (int i = 0; i < 5; i++) CHECK_EQUAL(0u, choose_first());
}

TEST(BackendList, failover_goes_down_the_list_and_over_the_groups) {
  Tried tried;
  CHECK_EQUAL(0u, choose(tried));
  list.connect_failed(0, Cause::connect_refused, clock.now());
  CHECK_EQUAL(1u, choose(tried));
  list.connect_failed(1, Cause::connect_refused, clock.now());
  CHECK_EQUAL(2u, choose(tried));
  CHECK_EQUAL(BackendList::kNone, choose(tried));
  CHECK_EQUAL(2u, choose_first());
}

TEST(BackendList, a_bad_backend_is_tried_by_one_request_after_the_retry_timeout) {
  list.connect_failed(0, Cause::connect_timeout, clock.now());
  clock.advance(9s);
  CHECK_EQUAL(1u, choose_first());
  clock.advance(1s);
  CHECK_EQUAL(0u, choose_first());
  CHECK_EQUAL(1u, choose_first());
  clock.advance(10s);
  CHECK_EQUAL(0u, choose_first());
  CHECK_EQUAL(1u, choose_first());
}

TEST(BackendList, a_connection_makes_it_usable_again_and_says_so_once) {
  list.connect_failed(0, Cause::connect_refused, clock.now());
  line.clear();
  list.connected(0);
  STRCMP_EQUAL("NVJ1210 backend a:80 is usable again", line.c_str());
  CHECK_EQUAL(0u, choose_first());
  line.clear();
  list.connected(0);
  STRCMP_EQUAL("", line.c_str());
}

TEST(BackendList, when_all_are_bad_one_request_a_second_tries_one_in_turn) {
  for (size_t i = 0; i < 3; i++) list.connect_failed(i, Cause::connect_refused, clock.now());
  CHECK_EQUAL(0u, choose_first());
  CHECK_EQUAL(BackendList::kNone, choose_first());
  clock.advance(1s);
  CHECK_EQUAL(1u, choose_first());
  CHECK_EQUAL(BackendList::kNone, choose_first());
  clock.advance(1s);
  CHECK_EQUAL(2u, choose_first());
}

TEST(BackendList, a_request_that_has_failed_somewhere_is_no_last_resort) {
  Tried tried;
  CHECK_EQUAL(0u, choose(tried));
  for (size_t i = 0; i < 3; i++) list.connect_failed(i, Cause::connect_refused, clock.now());
  CHECK_EQUAL(BackendList::kNone, choose(tried));
}

TEST(BackendList, a_backend_that_stands_alone_is_never_bad) {
  BackendList alone(*parse_addresses("a", 80), {}, nullptr);
  alone.connect_failed(0, Cause::connect_refused, clock.now());
  CHECK_FALSE(alone[0].bad());
  CHECK_EQUAL(0u, alone.choose(Tried(), clock.now()));
  CHECK_TRUE(alone[0].health().last_failure == Cause::connect_refused);
}

TEST(BackendList, in_turn_means_each_usable_one_of_the_first_usable_group) {
  BackendList all(*parse_addresses("a b | c d", 80), {.balancing = Balancing::round_robin}, nullptr);
  const auto pick = [&] { return all.choose(Tried(), clock.now()); };
  const size_t first = pick();
  CHECK_EQUAL(1 - first, pick());
  CHECK_EQUAL(first, pick());
  all.connect_failed(0, Cause::connect_refused, clock.now());
  for (int i = 0; i < 3; i++) CHECK_EQUAL(1u, pick());
  all.connect_failed(1, Cause::connect_refused, clock.now());
  const size_t spare = pick();
  CHECK_TRUE(spare == 2 || spare == 3);
  CHECK_EQUAL(5 - spare, pick());
  all.connected(0);
  for (int i = 0; i < 3; i++) CHECK_EQUAL(0u, pick());
}

TEST(BackendList, a_wish_is_granted_while_that_backend_is_usable) {
  BackendList all(*parse_addresses("a b | c d", 80), {.balancing = Balancing::round_robin}, nullptr);
  for (int i = 0; i < 3; i++) CHECK_EQUAL(3u, all.choose(Tried(), clock.now(), 3));
  all.connect_failed(3, Cause::connect_refused, clock.now());
  CHECK_TRUE(all.choose(Tried(), clock.now(), 3) < 2);
  CHECK_EQUAL(3u, all.find("d:80"));
  CHECK_EQUAL(BackendList::kNone, all.find("e:80"));
}

TEST(BackendList, failures_in_a_row_make_a_backend_bad_and_an_answer_makes_it_usable) {
  for (int i = 0; i < 4; i++) list.request_failed(0, Cause::backend_timeout, clock.now());
  list.answered(0, 200, clock.now());
  for (int i = 0; i < 4; i++) list.request_failed(0, Cause::backend_timeout, clock.now());
  CHECK_FALSE(list[0].bad());
  list.request_failed(0, Cause::backend_closed, clock.now());
  CHECK_TRUE(list[0].bad());
  STRCMP_EQUAL("NVJ1275 backend a:80 failed 5 requests in a row (the last: backend_closed), it is left alone",
               line.c_str());
  CHECK_EQUAL(1u, choose_first());
  clock.advance(10s);
  CHECK_EQUAL(0u, choose_first());
  list.connected(0);
  CHECK_TRUE(list[0].bad());  // it always took connections
  list.request_failed(0, Cause::backend_closed, clock.now());
  CHECK_EQUAL(1u, choose_first());
  clock.advance(10s);
  CHECK_EQUAL(0u, choose_first());
  list.answered(0, 200, clock.now());
  CHECK_FALSE(list[0].bad());
}

TEST(BackendList, an_answer_on_an_old_connection_says_nothing_about_new_ones) {
  list.connect_failed(0, Cause::connect_refused, clock.now());
  list.answered(0, 200, clock.now());
  CHECK_TRUE(list[0].bad());
}

TEST(BackendList, failed_requests_make_at_most_the_allowed_share_bad) {
  BackendList all(*parse_addresses("a b c d", 80), {.max_failures = 1, .max_bad_percent = 50}, nullptr);
  for (size_t i = 0; i < 4; i++) all.request_failed(i, Cause::backend_timeout, clock.now());
  CHECK_TRUE(all[0].bad() && all[1].bad());
  CHECK_FALSE(all[2].bad() || all[3].bad());
  // Who takes no connection is out whatever the share: a request there would be in vain.
  all.connect_failed(2, Cause::connect_refused, clock.now());
  CHECK_TRUE(all[2].bad());
}

TEST(BackendList, repeated_requests_are_a_bounded_share_of_all) {
  const auto granted = [&] {
    int count = 0;
    while (count < 1000 && list.may_retry(clock.now())) count++;
    return count;
  };
  clock.advance(60s);
  LONGS_EQUAL(10, granted());
  list[0].counters().requests += 100;
  LONGS_EQUAL(20, granted());
  clock.advance(10s);
  LONGS_EQUAL(10, granted());
  BackendList never(*parse_addresses("a", 80), {.retry_percent = 0}, nullptr);
  CHECK_FALSE(never.may_retry(clock.now()));
}

TEST(BackendList, all_children_know_at_once_what_one_has_found) {
  auto arena = navajo::shm::Arena::create(65536);
  BackendList all(*parse_addresses("a b", 80), {}, &*arena);
  navajo::shm::Forked child([&] {
    all.connect_failed(0, Cause::connect_refused, clock.now());
    all.answered(1, 404, clock.now());
    return true;
  });
  CHECK_TRUE(child.succeeded());
  CHECK_TRUE(all[0].bad());
  CHECK_TRUE(all[0].health().last_failure == Cause::connect_refused);
  CHECK_EQUAL(1u, all.choose(Tried(), clock.now()));
  CHECK_EQUAL(1u, all[1].counters().answers[4].load());
  // Of all children one tries it.
  clock.advance(10s);
  navajo::shm::Forked prober([&] { return all.choose(Tried(), clock.now()) == 0; });
  CHECK_TRUE(prober.succeeded());
  CHECK_EQUAL(1u, all.choose(Tried(), clock.now()));
}

TEST(BackendList, an_exhausted_arena_leaves_each_process_its_own_health) {
  auto arena = navajo::shm::Arena::create(1);
  while (arena->allocate(64, 64, "filler")) {
  }
  BackendList all(*parse_addresses("a b", 80), {}, &*arena);
  all.connect_failed(0, Cause::connect_refused, clock.now());
  CHECK_EQUAL(1u, all.choose(Tried(), clock.now()));
}
