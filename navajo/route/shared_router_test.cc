#include "navajo/route/shared_router.h"

#include <atomic>
#include <thread>

#include "navajo/api/fakes.h"
#include "navajo/base/count_allocations.h"
#include "navajo/observe/status_segment.h"
#include "navajo/route/router_fixture.h"

using namespace navajo;
using namespace navajo::route;

TEST_GROUP_BASE(SharedRouter, RouterTest){};

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
  open({backend("a"), backend("b")});
  asker.tried[asker.tries++] = "a";
  for (uint64_t i = 0; i < RetryBudget::kAlways; i++) STRCMP_EQUAL("b", chosen().c_str());
  STRCMP_EQUAL("too many second tries", chosen().c_str());
  STRCMP_EQUAL("too many second tries", chosen().c_str());
  LONGS_EQUAL(1, logged[2016]);
  asker.tries = 0;
  for (int i = 0; i < 100; i++) (void)choose();
  asker.tries = 1;
  STRCMP_EQUAL("b", chosen().c_str());
  asker.tried[asker.tries++] = "b";
  STRCMP_EQUAL("no backend is usable", chosen().c_str());
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
  LONGS_EQUAL(1, logged[2007]);
  // Nobody waits for backends that are away.
  tables->set({backend("b")});
  held = choose();
  router->loads()->row(state("b").load_row).checked = Checked::down;
  STRCMP_EQUAL("no backend is usable", chosen().c_str());
}

TEST(SharedRouter, another_address_of_a_name_is_another_backend) {
  std::vector<BackendRow> rows = {backend("web@1"), backend("web@2")};
  rows[0].table_id = rows[1].table_id = "web";
  open(rows);
  asker.tried[asker.tries++] = "web@1";
  STRCMP_EQUAL("web@2", chosen().c_str());
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
    CHECK_TRUE(writer.has("routing " + router->options().name + "/" + line));
}
