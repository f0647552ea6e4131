#include "navajo/route/shared_router.h"

#include <sys/mman.h>
#include <unistd.h>

#include <thread>

#include "navajo/route/router_fixture.h"
#include "navajo/shm/forked.h"

using namespace navajo;
using namespace navajo::route;

TEST_GROUP_BASE(RoutingSegment, RouterTest){};

TEST(RoutingSegment, loads_and_bindings_outlive_a_configuration) {
  options.binding = Binding::client;
  open({backend("a"), backend("b"), backend("c")});
  const std::string mine = chosen();
  Choice held = choose();
  auto again = open_shared(
      options, std::make_shared<ChangedTable>(std::vector{backend("a"), backend("b"), backend("c")}), &clock);
  const Choice choice = again->choose(asker, Deadline::never());
  STRCMP_EQUAL(mine.c_str(), choice.backend().id.c_str());
  CHECK_TRUE(choice.was_bound());
  LONGS_EQUAL(2, state(mine).at_work);
}

TEST(RoutingSegment, memory_of_another_version_is_replaced) {
  open({backend("a")});
  Choice held = choose();
  held.release();
  auto segment = shm::Segment::find("navajo-routing-test");
  CHECK_TRUE(segment.has_value());
  reinterpret_cast<RoutingHeaderShm*>(segment->data())->version++;
  router = open_shared(options, tables, &clock);
  CHECK_TRUE(router != nullptr);
  LONGS_EQUAL(1, logged[2011]);
  STRCMP_EQUAL("a", chosen().c_str());
  LONGS_EQUAL(1, state("a").chosen);
}

TEST(RoutingSegment, hard_limits_hold_exactly_for_two_children_with_a_hundred_threads_each) {
  struct Shared {
    std::atomic<int> at_work[3], over, chosen, go;
  };
  auto* const shared =
      static_cast<Shared*>(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
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

TEST(RoutingSegment, places_of_a_child_that_was_killed_are_given_back) {
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
  LONGS_EQUAL(1, logged[2011]);
  STRCMP_EQUAL("a", chosen().c_str());
}

TEST(RoutingSegment, bindings_that_give_way_are_told_of) {
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
  LONGS_EQUAL(1, logged[2010]);
}

TEST(RoutingSegment, one_process_has_the_lease_of_the_checks) {
  open({backend("a")});
  CHECK_TRUE(router->lease_checks(5s));
  CHECK_TRUE(router->lease_checks(5s));
  shm::Forked child([&] {
    auto other = open_shared(options, tables, &clock);
    return other && !other->lease_checks(5s);
  });
  CHECK_TRUE(child.succeeded());
}
