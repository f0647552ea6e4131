#include <string>
#include <vector>

#include "navajo/connector/backend_list.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::connector;
using Drain = BackendList::Drain;
using Force = BackendList::Force;
using Tried = BackendList::Tried;

TEST_GROUP(Drains) {
  base::ManualClock clock;
  std::shared_ptr<Drains> drains = Drains::open();

  void teardown() override {
    drains.reset();
    shm::Segment::close_unwanted("navajo-drains", [](std::string_view) { return false; });
  }
  BackendOptions options(const char* servlet = "Shop", Balancing balancing = Balancing::first_usable) {
    BackendOptions out;
    out.balancing = balancing;
    out.place = {"www", "/", servlet};
    out.drains = drains;
    return out;
  }
  size_t choose(BackendList& list, size_t wished = BackendList::kNone) {
    return list.choose(Tried(), clock.now(), wished);
  }
};

TEST(Drains, nothing_goes_to_an_address_out_of_service_and_everything_again_afterwards) {
  BackendList list(*parse_addresses("a b", 80), options(), nullptr);
  CHECK(Drain::done == list.drain(0, Force::no, 1700000000));
  CHECK_EQUAL(1u, choose(list));
  CHECK_EQUAL(1u, choose(list, 0));  // a session's wish is no reason
  CHECK(list.drained(0));
  LONGS_EQUAL(1700000000, list.drained_since(0));
  CHECK_EQUAL(1u, list.drained_count());
  CHECK_EQUAL(1u, drained_backends());
  CHECK(Drain::unchanged == list.drain(0, Force::no, 1700000001));
  CHECK(Drain::done == list.undrain(0));
  CHECK_EQUAL(0u, choose(list));
  CHECK(Drain::unchanged == list.undrain(0));
}

TEST(Drains, the_last_one_in_service_is_taken_out_by_force_alone) {
  BackendList list(*parse_addresses("a b", 80), options(), nullptr);
  CHECK(Drain::done == list.drain(0, Force::no, 1));
  CHECK(Drain::last == list.drain(1, Force::no, 1));
  CHECK_EQUAL(1u, choose(list));
  CHECK(Drain::done == list.drain(1, Force::yes, 1));
  CHECK_EQUAL(BackendList::kNone, choose(list));
}

TEST(Drains, one_that_is_down_is_nobody_to_go_on_with) {
  BackendList list(*parse_addresses("a b", 80), options(), nullptr);
  list.connect_failed(1, Cause::connect_refused, clock.now());
  CHECK(Drain::last == list.drain(0, Force::no, 1));
}

TEST(Drains, the_last_resort_is_not_taken_from_them) {
  BackendList list(*parse_addresses("a b", 80), options("Shop", Balancing::round_robin), nullptr);
  CHECK(Drain::done == list.drain(0, Force::no, 1));
  list.connect_failed(1, Cause::connect_refused, clock.now());
  for (int i = 0; i < 3; i++) {
    clock.advance(std::chrono::seconds(2));
    CHECK_EQUAL(1u, choose(list));
  }
}

TEST(Drains, are_those_of_one_servlet_of_one_context) {
  BackendList list(*parse_addresses("a b", 80), options(), nullptr), other(*parse_addresses("a b", 80),
                                                                            options("Other"), nullptr);
  CHECK(Drain::done == list.drain(0, Force::no, 1));
  CHECK_EQUAL(0u, choose(other));
  CHECK(Drains::key_of({"a", "bc", "d"}, "e") != Drains::key_of({"ab", "c", "d"}, "e"));
}

TEST(Drains, hold_for_the_configuration_that_comes_next) {
  {
    BackendList list(*parse_addresses("a b", 80), options(), nullptr);
    CHECK(Drain::done == list.drain(0, Force::no, 1));
  }
  drains = Drains::open();
  BackendList next(*parse_addresses("c a b", 80), options(), nullptr);
  CHECK_FALSE(next.drained(0));
  CHECK(next.drained(1));
}

TEST(Drains, are_known_to_every_process_at_once) {
  BackendList list(*parse_addresses("a b", 80), options(), nullptr);
  CHECK_EQUAL(0u, choose(list));
  CHECK(shm::Forked([&] { return list.drain(0, Force::no, 1) == Drain::done; }).succeeded());
  CHECK_EQUAL(1u, choose(list));
}

TEST(Drains, are_bounded_and_give_way_only_where_nobody_uses_them) {
  BackendList list(*parse_addresses("a b", 80), options(), nullptr);
  {
    Drains::Change change(*drains);
    for (Drains::Key key = 1; key <= Drains::kMost; key++) CHECK(change.add(key, 1, [](Drains::Key) { return true; }));
    CHECK_FALSE(change.add(Drains::kMost + 1, 1, [](Drains::Key) { return true; }));
    change.remove(7);
    CHECK(change.add(Drains::kMost + 1, 1, [](Drains::Key) { return true; }));
  }
  CHECK(Drain::done == list.drain(0, Force::no, 1));  // in place of one that no servlet has
  CHECK(list.drained(0));
}
