#include "navajo/tunnel/tunnel_list.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "navajo/observe/request_record.h"
#include "navajo/observe/status_segment.h"
#include "navajo/shm/forked.h"
#include "navajo/tunnel/tunnel_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::tunnel;
using observe::get_text;

TEST_GROUP(TunnelList) {
  std::unique_ptr<TunnelList> list;

  void setup() override {
    list = std::make_unique<TunnelList>(std::move(*TunnelList::open()));
    set_process_tunnels(list.get());
  }
  void teardown() override {
    set_process_tunnels(nullptr);
    list.reset();
    shm::Segment::close_unwanted("navajo-tunnels", [](std::string_view) { return false; });
  }
  std::vector<ListedTunnel> all() {
    std::vector<ListedTunnel> out;
    list->visit([&](const ListedTunnel& one) { out.push_back(one); });
    return out;
  }
  static TunnelFacts facts(const char* client = "192.0.2.1") { return {"tcp", client, "db:5432", "Edge", "", ""}; }
};

TEST(TunnelList, has_what_is_open_and_forgets_what_has_ended) {
  auto one = std::make_unique<Listing>(facts("192.0.2.1"));
  const Listing two(facts("192.0.2.2"));
  LONGS_EQUAL(2, all().size());
  one->note(10, 20, base::system_clock().now());
  LONGS_EQUAL(10, all()[0].bytes_up);
  LONGS_EQUAL(20, all()[0].bytes_down);
  CHECK(all()[0].idle_ms < 60'000);
  one.reset();
  LONGS_EQUAL(1, all().size());
  CHECK(get_text(all()[0].client) == "192.0.2.2");
  LONGS_EQUAL(2, all()[0].id);
}

TEST(TunnelList, is_bounded_and_counts_what_finds_no_row) {
  const auto before = observe::counter(observe::Counter::tunnels_not_listed).load();
  std::vector<Listing> open_ones;
  for (uint32_t i = 0; i < TunnelList::kMost + 10; i++) open_ones.emplace_back(facts());
  CHECK(all().size() > TunnelList::kMost / 2);
  LONGS_EQUAL(TunnelList::kMost + 10 - all().size(),
              observe::counter(observe::Counter::tunnels_not_listed).load() - before);
  open_ones.clear();
  LONGS_EQUAL(0, all().size());
}

TEST(TunnelList, a_number_is_never_used_again) {
  { const Listing one(facts()); }
  const Listing two(facts());
  CHECK_FALSE(list->kill(1));
  CHECK_FALSE(two.is_to_end());
  CHECK_TRUE(list->kill(2));
  CHECK_TRUE(two.is_to_end());
  LONGS_EQUAL(1, list->kills());
}

TEST(TunnelList, is_the_same_for_the_configuration_that_comes_next) {
  const Listing one(facts());
  const TunnelList next = std::move(*TunnelList::open());
  size_t seen = 0;
  next.visit([&](const ListedTunnel&) { seen++; });
  LONGS_EQUAL(1, seen);
}

TEST(TunnelList, forgets_those_of_children_that_died) {
  CHECK(shm::Forked([&] {
          // Left open, as by a child that is killed.
          new Listing(facts());
          return all().size() == 1;
        }).succeeded());
  LONGS_EQUAL(0, all().size());
}

TEST(TunnelList, an_operator_ends_a_tunnel) {
  reactor::RunningReactor running;
  Line line(running, {}, {.started = false});
  line.with_tunnel([](Tunnel& tunnel) {
    tunnel.list_as(Listing({"connect", "192.0.2.1", "app:443", "Proxy", "anna", "0123"}));
    tunnel.start();
  });
  line.client.send("hello");
  STRCMP_EQUAL("hello", line.origin.read(5).c_str());
  CHECK_TRUE(line.until([](Tunnel& tunnel) { return tunnel.bytes_up() == 5; }));
  LONGS_EQUAL(5, all().at(0).bytes_up);
  CHECK_TRUE(list->kill(all()[0].id));
  line.with_tunnel([](Tunnel&) { end_killed_tunnels(); });
  CHECK(line.wait_for_end() == End::killed);
  LONGS_EQUAL(0, all().size());
}
