#include "navajo/route/shared_router.h"

#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/base/count_allocations.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/route/routing_fixture.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::route;
using namespace std::chrono_literals;
using reactor::Deadline;

static std::map<int, int> g_logged;

TEST_GROUP(SharedRouter) {
  base::ManualClock clock;
  RouterOptions options;
  std::shared_ptr<ChangedTable> tables;
  std::shared_ptr<SharedRouter> router;
  const reactor::Endpoint here = client("192.0.2.7");
  Asker asker{.app = "shop", .client = &here};

  void setup() override {
    options.name = "test";
    options.binding = Binding::none;
    options.queue_timeout = 0ms;
    observe::set_log_sink([](observe::LogId id, std::string_view) { g_logged[id.number]++; },
                          [](observe::Level) { return true; });
  }
  void teardown() override {
    router.reset();
    tables.reset();
    forget_segments();
    observe::set_log_sink(nullptr, nullptr);
    std::map<int, int>().swap(g_logged);
  }
  void open(std::vector<BackendRow> rows) {
    tables = std::make_shared<ChangedTable>(std::move(rows));
    router = open_shared(options, tables, &clock);
    CHECK_TRUE(router != nullptr);
  }
  Choice choose() { return router->choose(asker, Deadline::after(10s)); }
  std::string chosen() {
    const Choice choice = choose();
    return choice ? choice.backend().id : word(choice.refusal());
  }
  BackendState state(const std::string& id) {
    std::optional<BackendState> out;
    router->visit([&](const BackendState& one) {
      if (one.row.id == id) out.emplace(one);
      return !out;
    });
    if (!out) FAIL("no such backend");
    return *out;
  }
  // A choice of that backend, which fails.
  void fail(const std::string& id) {
    for (int i = 0; i < 100; i++) {
      Choice choice = choose();
      if (!choice || choice.backend().id != id) continue;
      choice.failed(Failing::connect);
      return;
    }
    FAIL("it was not chosen");
  }
};

TEST(SharedRouter, apps_are_pools_of_their_own) {
  std::vector<BackendRow> rows = {backend("a"), backend("b")};
  rows[1].app = "api";
  open(rows);
  for (int i = 0; i < 10; i++) STRCMP_EQUAL("a", chosen().c_str());
  asker.app = "api";
  STRCMP_EQUAL("b", chosen().c_str());
  asker.app = "none";
  STRCMP_EQUAL("there is no such app", chosen().c_str());
}

TEST(SharedRouter, a_place_is_held_until_the_choice_goes) {
  open({backend("a", 10, 2)});
  {
    Choice first = choose(), second = choose();
    CHECK_TRUE(first && second);
    STRCMP_EQUAL("all backends are full", chosen().c_str());
    second.release();
    Choice moved = std::move(first);
    STRCMP_EQUAL("a", chosen().c_str());
    LONGS_EQUAL(1, state("a").at_work);
  }
  LONGS_EQUAL(0, state("a").at_work);
  LONGS_EQUAL(3, state("a").chosen);
}

TEST(SharedRouter, a_new_table_counts_at_once_and_keeps_what_is_known_of_its_backends) {
  open({backend("a", 10, 1)});
  Choice held = choose();
  tables->set({backend("a", 10, 1), backend("b", 10, 1)});
  STRCMP_EQUAL("b", chosen().c_str());
  tables->set({backend("b", 10, 1)});
  STRCMP_EQUAL("b", chosen().c_str());
  STRCMP_EQUAL("a", held.backend().id.c_str());  // its row is there while it is held
}

TEST(SharedRouter, loads_and_bindings_outlive_a_configuration) {
  options.binding = Binding::client;
  open({backend("a"), backend("b"), backend("c")});
  const std::string mine = chosen();
  Choice held = choose();
  auto again = open_shared(options, std::make_shared<ChangedTable>(std::vector{backend("a"), backend("b"), backend("c")}),
                           &clock);
  const Choice choice = again->choose(asker, Deadline::never());
  STRCMP_EQUAL(mine.c_str(), choice.backend().id.c_str());
  CHECK_TRUE(choice.was_bound());
  LONGS_EQUAL(2, state(mine).at_work);
}

TEST(SharedRouter, memory_of_another_version_is_replaced) {
  open({backend("a")});
  Choice held = choose();
  held.release();
  auto segment = shm::Segment::find("navajo-routing-test");
  CHECK_TRUE(segment.has_value());
  reinterpret_cast<RoutingHeaderShm*>(segment->data())->version++;
  router = open_shared(options, tables, &clock);
  CHECK_TRUE(router != nullptr);
  LONGS_EQUAL(1, g_logged[2011]);
  STRCMP_EQUAL("a", chosen().c_str());
  LONGS_EQUAL(1, state("a").chosen);
}

TEST(SharedRouter, who_is_bound_comes_back_until_the_binding_ends) {
  options.binding = Binding::client;
  options.ipv6_prefix = 56;
  std::vector<BackendRow> rows;
  for (int i = 0; i < 10; i++) rows.push_back(backend("b" + std::to_string(i)));
  open(rows);
  const reactor::Endpoint one = client("2001:db8:0:100::1"), same = client("2001:db8:0:1ff::2");
  asker.client = &one;
  const std::string mine = chosen();
  for (int i = 0; i < 20; i++) {
    asker.client = i % 2 == 0 ? &one : &same;
    clock.advance(500s);
    const Choice choice = choose();
    CHECK_TRUE(choice.was_bound());
    STRCMP_EQUAL(mine.c_str(), choice.backend().id.c_str());
  }
  clock.advance(600s);
  CHECK_FALSE(choose().was_bound());
  // Another client gets another one.
  asker.client = &here;
  CHECK_FALSE(choose().was_bound());
}

TEST(SharedRouter, a_key_binds_where_there_is_one_and_the_address_where_there_is_none) {
  options.binding = Binding::key;
  std::vector<BackendRow> rows;
  for (int i = 0; i < 10; i++) rows.push_back(backend("b" + std::to_string(i)));
  open(rows);
  asker.key = "session-1";
  const std::string first = chosen();
  asker.key = "session-2";
  CHECK_FALSE(choose().was_bound());
  asker.key = {};
  CHECK_FALSE(choose().was_bound());
  CHECK_TRUE(choose().was_bound());
  const reactor::Endpoint elsewhere = client("198.51.100.1");
  asker.client = &elsewhere;
  asker.key = "session-1";
  STRCMP_EQUAL(first.c_str(), chosen().c_str());
}

TEST(SharedRouter, a_bound_client_honours_the_hard_limit_and_stays_bound) {
  options.binding = Binding::client;
  open({backend("a", 10, 2), backend("b", 10, 2)});
  const std::string mine = chosen();
  Choice one = choose(), two = choose();
  const Choice other = choose();
  CHECK_TRUE(other && other.backend().id != mine && !other.was_bound());
  one.release();
  STRCMP_EQUAL(mine.c_str(), chosen().c_str());
  LONGS_EQUAL(1, state(mine).at_work);
}

TEST(SharedRouter, a_binding_ends_when_its_backend_fails_goes_or_is_down) {
  options.binding = Binding::client;
  const std::vector<BackendRow> rows = {backend("a"), backend("b")};
  open(rows);
  Choice choice = choose();
  choice.failed(Failing::handshake);
  choice.release();
  CHECK_FALSE(choose().was_bound());
  const std::string mine = chosen(), other = mine == "a" ? "b" : "a";
  tables->set({backend(other)});
  STRCMP_EQUAL(other.c_str(), chosen().c_str());
  tables->set(rows);
  CHECK_TRUE(choose().was_bound());
  STRCMP_EQUAL(other.c_str(), chosen().c_str());
  router->loads()->row(state(other).load_row).checked = Checked::down;
  STRCMP_EQUAL(mine.c_str(), chosen().c_str());
}

TEST(SharedRouter, a_draining_backend_keeps_who_is_bound_to_it_and_gets_nobody_new) {
  options.binding = Binding::client;
  std::vector<BackendRow> rows = {backend("a"), backend("b")};
  open(rows);
  const std::string mine = chosen();
  rows[mine == "a" ? 0 : 1].draining = true;
  tables->set(rows);
  for (int i = 0; i < 5; i++) STRCMP_EQUAL(mine.c_str(), chosen().c_str());
  const reactor::Endpoint another = client("198.51.100.1");
  asker.client = &another;
  CHECK_TRUE(mine != chosen());
}

TEST(SharedRouter, what_was_tried_is_not_chosen_again_and_second_tries_are_bounded) {
  std::vector<BackendRow> rows = {backend("web@1"), backend("web@2"), backend("b")};
  rows[0].table_id = rows[1].table_id = "web";
  open(rows);
  asker.tried[asker.tries++] = "web";
  for (uint64_t i = 0; i < RetryBudget::kAlways; i++) STRCMP_EQUAL("b", chosen().c_str());
  STRCMP_EQUAL("too many second tries", chosen().c_str());
  STRCMP_EQUAL("too many second tries", chosen().c_str());
  LONGS_EQUAL(1, g_logged[2016]);
  asker.tries = 0;
  for (int i = 0; i < 100; i++) (void)choose();
  asker.tries = 1;
  STRCMP_EQUAL("b", chosen().c_str());
  asker.tried[asker.tries++] = "b";
  STRCMP_EQUAL("no backend is usable", chosen().c_str());
}

TEST(SharedRouter, failures_in_a_row_eject_and_one_at_a_time_tries_it_again) {
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
  LONGS_EQUAL(0, g_logged[2004]);
  fail("a");
  LONGS_EQUAL(1, g_logged[2004]);
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
  for (int i = 0; i < 20 && g_logged[2005] == 0; i++) {
    Choice choice = choose();
    choice.succeeded();
  }
  LONGS_EQUAL(1, g_logged[2005]);
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

TEST(SharedRouter, a_trial_that_says_nothing_lets_the_next_one_try) {
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

TEST(SharedRouter, a_share_of_failures_ejects_once_there_are_enough) {
  options.max_failures = 0;
  options.failure_percent = 30;
  open({backend("a"), backend("b")});
  for (int i = 0; i < 19; i++) {
    Choice choice;
    while (!choice || choice.backend().id != "a") choice = choose();
    if (i % 3 == 0) choice.failed(Failing::answer);
    else choice.succeeded();
  }
  LONGS_EQUAL(0, state("a").ejected_ms);
  fail("a");
  CHECK_TRUE(state("a").ejected_ms > 0);
}

TEST(SharedRouter, no_more_than_a_share_of_an_app_is_ejected) {
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

TEST(SharedRouter, connect_times_are_a_moving_mean) {
  open({backend("a")});
  Choice choice = choose();
  choice.connected(800us);
  LONGS_EQUAL(800, state("a").connect_us);
  choice.connected(1600us);
  LONGS_EQUAL(900, state("a").connect_us);
}

TEST(SharedRouter, a_choice_takes_no_memory_from_the_heap) {
  options.binding = Binding::client;
  std::vector<BackendRow> rows;
  for (int i = 0; i < 200; i++) rows.push_back(placed("b" + std::to_string(i), "eu", "DE"));
  for (const Policy policy : {Policy::edge, Policy::tiers, Policy::least_connections, Policy::two_choices,
                              Policy::round_robin, Policy::hash}) {
    options.policy = policy;
    open(rows);
    for (int i = 0; i < 10; i++) choose().succeeded();
#ifdef NAVAJO_COUNTS_ALLOCATIONS
    const size_t before = base::t_allocations;
    for (int i = 0; i < 100; i++) {
      Choice choice = choose();
      choice.connected(500us);
      choice.succeeded();
    }
    LONGS_EQUAL(before, base::t_allocations);
#endif
  }
}

TEST(SharedRouter, who_finds_all_full_waits_in_line_for_a_place) {
  options.queue_timeout = 10s;
  open({backend("a", 1, 1)});
  Choice held = choose();
  std::atomic<int> served{0};
  std::vector<int> order;
  std::vector<std::thread> waiting;
  for (int i = 0; i < 3; i++) {
    waiting.emplace_back([&, i] {
      Asker mine{.app = "shop", .client = &here};
      const Choice choice = router->choose(mine, Deadline::never());
      if (choice && choice.waited() > 0ns) order.push_back(i);
      served++;
    });
    // In line before the next one comes.
    while (observe::gauge(observe::Gauge::route_waiting).load() != i + 1) std::this_thread::yield();
  }
  LONGS_EQUAL(0, served.load());
  held.release();
  for (std::thread& one : waiting) one.join();
  LONGS_EQUAL(3, order.size());
  LONGS_EQUAL(0, observe::gauge(observe::Gauge::route_waiting).load());
}

TEST(SharedRouter, the_line_has_an_end_and_a_time) {
  options.queue_timeout = 20ms;
  options.queue = 1;
  open({backend("a", 1, 1)});
  Choice held = choose();
  std::string first;
  std::thread waiting([&] {
    Asker mine{.app = "shop", .client = &here};
    Choice choice = router->choose(mine, Deadline::never());
    first = word(choice.refusal());
  });
  while (observe::gauge(observe::Gauge::route_waiting).load() != 1) std::this_thread::yield();
  const std::string second = chosen();
  waiting.join();
  STRCMP_EQUAL("all backends stayed full", first.c_str());
  STRCMP_EQUAL("all backends are full", second.c_str());
  LONGS_EQUAL(1, g_logged[2007]);
  // Nobody waits for backends that are away.
  tables->set({backend("b")});
  held = choose();
  router->loads()->row(state("b").load_row).checked = Checked::down;
  STRCMP_EQUAL("no backend is usable", chosen().c_str());
}

TEST(SharedRouter, explains_every_candidate_without_taking_a_place) {
  options.binding = Binding::client;
  open({backend("a", 10, 1), backend("b")});
  const std::string mine = chosen();
  std::map<std::string, Standing> found;
  std::string bound;
  CHECK_TRUE(router->explain(asker, [&](const Considered& one) {
    found[one.candidate.backend->id] = one.standing;
    if (one.is_bound) bound = one.candidate.backend->id;
  }));
  LONGS_EQUAL(2, found.size());
  STRCMP_EQUAL(mine.c_str(), bound.c_str());
  LONGS_EQUAL(0, state("a").at_work);
  asker.app = "none";
  CHECK_FALSE(router->explain(asker, [](const Considered&) {}));
}

TEST(SharedRouter, reports_what_is_at_work_and_why_others_were_refused) {
  open({backend("a", 10, 1)});
  const Choice held = choose();
  (void)choose();
  api::FakeStatusWriter writer;
  router->report(writer);
  for (const char* line : {"backends 1", "at_work 1", "full 1", "ejected 0", "refused_full 1"})
    CHECK_TRUE(writer.has(line));
}

TEST(SharedRouter, hard_limits_hold_exactly_for_two_children_with_a_hundred_threads_each) {
  struct Shared {
    std::atomic<int> at_work[3], over, chosen, go;
  };
  auto* const shared = static_cast<Shared*>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  options.queue_timeout = 10s;
  open({backend("0", 2, 3), backend("1", 2, 5), backend("2", 2, 7)});
  const auto child = [&] {
    router->start_child();
    while (shared->go.load() == 0) std::this_thread::yield();
    std::vector<std::thread> threads;
    for (int t = 0; t < 100; t++)
      threads.emplace_back([&] {
        static constexpr int kHard[] = {3, 5, 7};
        Asker mine{.app = "shop", .client = &here};
        for (int i = 0; i < 20; i++) {
          const Choice choice = router->choose(mine, Deadline::never());
          if (!choice) continue;
          const int which = choice.backend().id[0] - '0';
          if (shared->at_work[which].fetch_add(1) >= kHard[which]) shared->over++;
          shared->chosen++;
          std::this_thread::yield();
          shared->at_work[which].fetch_sub(1);
        }
      });
    for (std::thread& one : threads) one.join();
    router->stop_child();
    return true;
  };
  shm::Forked first(child), second(child);
  shared->go = 1;
  CHECK_TRUE(first.succeeded());
  CHECK_TRUE(second.succeeded());
  LONGS_EQUAL(0, shared->over.load());
  LONGS_EQUAL(4000, shared->chosen.load());
  for (const char* id : {"0", "1", "2"}) LONGS_EQUAL(0, state(id).at_work);
  munmap(shared, sizeof(Shared));
}

TEST(SharedRouter, places_of_a_child_that_was_killed_are_given_back) {
  open({backend("a", 10, 5)});
  int ready[2];
  CHECK_EQUAL(0, pipe(ready));
  shm::Forked child([&] {
    router->start_child();
    std::vector<Choice> held;
    for (int i = 0; i < 5; i++) held.push_back(choose());
    (void)!write(ready[1], "x", 1);
    pause();
    return true;
  });
  char byte;
  CHECK_EQUAL(1, read(ready[0], &byte, 1));
  close(ready[0]);
  close(ready[1]);
  STRCMP_EQUAL("all backends are full", chosen().c_str());
  child.kill_and_wait();
  clock.advance(10s);
  router->look_after();
  LONGS_EQUAL(0, state("a").at_work);
  LONGS_EQUAL(1, g_logged[2011]);
  STRCMP_EQUAL("a", chosen().c_str());
}

TEST(SharedRouter, bindings_that_give_way_are_told_of) {
  options.binding = Binding::client;
  options.max_bindings = 8;
  open({backend("a")});
  for (int i = 0; i < 20; i++) {
    const reactor::Endpoint one = client("192.0.2." + std::to_string(i));
    asker.client = &one;
    (void)choose();
  }
  clock.advance(10s);
  router->look_after();
  LONGS_EQUAL(1, g_logged[2010]);
}

TEST(SharedRouter, one_process_has_the_lease_of_the_checks) {
  open({backend("a")});
  CHECK_TRUE(router->lease_checks(5s));
  CHECK_TRUE(router->lease_checks(5s));
  shm::Forked child([&] {
    auto other = open_shared(options, tables, &clock);
    return other && !other->lease_checks(5s);
  });
  CHECK_TRUE(child.succeeded());
}
