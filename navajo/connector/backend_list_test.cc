#include <string>
#include <vector>

#include "navajo/connector/backend_list.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::connector;
using namespace std::chrono_literals;
using Tried = BackendList::Tried;

namespace {

std::string* g_line;

}  // namespace

TEST_GROUP(BackendList) {
  navajo::base::ManualClock clock;
  BackendList list{*parse_addresses("a b | c", 80), 10s, 100, 10};

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
  BackendList alone(*parse_addresses("a", 80), 10s, 100, 10);
  alone.connect_failed(0, Cause::connect_refused, clock.now());
  CHECK_FALSE(alone[0].bad());
  CHECK_EQUAL(0u, alone.choose(Tried(), clock.now()));
  CHECK_TRUE(alone[0].last_failure() == Cause::connect_refused);
}
