#include "navajo/route/discovery.h"

#include <string>

#include "navajo/route/backend_table.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::route;
using namespace std::chrono_literals;
using Taken = Discovery::Taken;

namespace {

BackendRow row(const char* id, const char* host, uint16_t port = 80) {
  BackendRow out;
  out.id = id;
  out.app = "shop";
  out.host = host;
  out.port = port;
  out.weight = 3;
  out.hard_limit = 10;
  return out;
}

NameAnswer answer(std::initializer_list<const char*> addresses, std::chrono::seconds ttl = 60s) {
  NameAnswer out;
  out.ttl = ttl;
  for (const char* address : addresses) {
    NameAnswer::Target target;
    target.address = address;
    out.targets.push_back(target);
  }
  return out;
}

NameAnswer failure(const char* why = "no such name") {
  NameAnswer out;
  out.error = why;
  return out;
}

}  // namespace

TEST_GROUP(Discovery) {
  base::ManualClock clock;
  Discovery discovery;

  // Asks for whatever is due, which is `name`.
  Taken ask(const char* name, NameAnswer with) {
    const auto due = discovery.due(clock.now());
    STRCMP_EQUAL(name, due ? due->c_str() : "(none)");
    return discovery.take(*due, std::move(with), clock.now());
  }
  std::string ids() const {
    std::string out;
    for (const BackendRow& one : discovery.rows()) out += (out.empty() ? "" : " ") + one.id;
    return out;
  }
};

TEST(Discovery, addresses_stay_as_they_are_and_nobody_is_asked) {
  discovery.set_rows({row("a", "10.0.0.1"), row("b", "fd00::1")}, clock.now());
  STRCMP_EQUAL("a b", ids().c_str());
  CHECK_FALSE(discovery.due(clock.now()).has_value());
  CHECK_TRUE(discovery.next_due() == base::TimePoint::max());
}

TEST(Discovery, a_name_is_one_backend_for_each_of_its_addresses) {
  discovery.set_rows({row("web", "web.internal"), row("a", "10.0.0.9")}, clock.now());
  STRCMP_EQUAL("a", ids().c_str());
  LONGS_EQUAL(1, discovery.unanswered());
  CHECK_TRUE(ask("web.internal", answer({"10.0.0.2", "fd00::1", "10.0.0.1", "10.0.0.2"})) == Taken::changed);
  STRCMP_EQUAL("a web@10.0.0.1:80 web@10.0.0.2:80 web@[fd00::1]:80", ids().c_str());
  const BackendRow one = discovery.rows()[1];
  STRCMP_EQUAL("10.0.0.1", one.host.c_str());
  STRCMP_EQUAL("web", one.table_id.c_str());
  STRCMP_EQUAL("web.internal", one.sni.c_str());
  LONGS_EQUAL(3, one.weight);
  LONGS_EQUAL(10, one.hard_limit);
  LONGS_EQUAL(0, discovery.unanswered());
}

TEST(Discovery, a_name_is_asked_for_again_when_its_time_is_over_within_bounds) {
  discovery.set_rows({row("web", "web.internal")}, clock.now());
  const auto after = [&](std::chrono::seconds ttl) {
    ask("web.internal", answer({"10.0.0.1"}, ttl));
    const auto wait = discovery.next_due() - clock.now();
    clock.advance(wait);
    return std::chrono::duration_cast<std::chrono::seconds>(wait).count();
  };
  LONGS_EQUAL(60, after(60s));
  LONGS_EQUAL(1, after(0s));
  LONGS_EQUAL(300, after(86400s));
}

TEST(Discovery, a_name_is_asked_for_by_one_at_a_time) {
  discovery.set_rows({row("web", "web.internal")}, clock.now());
  CHECK_TRUE(discovery.due(clock.now()).has_value());
  CHECK_FALSE(discovery.due(clock.now()).has_value());
  CHECK_TRUE(discovery.next_due() == base::TimePoint::max());
}

TEST(Discovery, the_order_of_addresses_changes_nothing) {
  discovery.set_rows({row("web", "web.internal")}, clock.now());
  ask("web.internal", answer({"10.0.0.1", "10.0.0.2"}));
  clock.advance(60s);
  CHECK_TRUE(ask("web.internal", answer({"10.0.0.2", "10.0.0.1"})) == Taken::same);
  clock.advance(60s);
  CHECK_TRUE(ask("web.internal", answer({"10.0.0.3", "10.0.0.1"})) == Taken::changed);
  STRCMP_EQUAL("web@10.0.0.1:80 web@10.0.0.3:80", ids().c_str());
}

TEST(Discovery, a_name_that_stops_resolving_keeps_its_last_addresses_and_is_told_once) {
  discovery.set_rows({row("web", "web.internal")}, clock.now());
  ask("web.internal", answer({"10.0.0.1"}, 10s));
  clock.advance(10s);
  CHECK_TRUE(ask("web.internal", failure()) == Taken::lost);
  STRCMP_EQUAL("web@10.0.0.1:80", ids().c_str());
  clock.advance(Discovery::kRetry);
  CHECK_TRUE(ask("web.internal", answer({})) == Taken::same);
  STRCMP_EQUAL("has no address", discovery.failures().at(0).second.c_str());
  clock.advance(Discovery::kRetry);
  CHECK_TRUE(ask("web.internal", answer({"10.0.0.1"}, 10s)) == Taken::same);
  CHECK_TRUE(discovery.failures().empty());
  clock.advance(10s);
  CHECK_TRUE(ask("web.internal", failure()) == Taken::lost);
}

TEST(Discovery, a_name_that_never_resolved_has_no_rows) {
  discovery.set_rows({row("web", "web.internal")}, clock.now());
  CHECK_TRUE(ask("web.internal", failure("refused")) == Taken::not_found);
  STRCMP_EQUAL("", ids().c_str());
  STRCMP_EQUAL("refused", discovery.failures().at(0).second.c_str());
}

TEST(Discovery, another_table_keeps_what_is_known_of_its_names) {
  discovery.set_rows({row("web", "web.internal"), row("old", "old.internal")}, clock.now());
  ask("old.internal", answer({"10.0.0.7"}));
  ask("web.internal", answer({"10.0.0.1"}));
  discovery.set_rows({row("web2", "web.internal", 81), row("new", "new.internal")}, clock.now());
  STRCMP_EQUAL("web2@10.0.0.1:81", ids().c_str());
  ask("new.internal", answer({"10.0.0.8"}));
  CHECK_FALSE(discovery.due(clock.now()).has_value());
  CHECK_TRUE(discovery.take("old.internal", answer({"10.0.0.9"}), clock.now()) == Taken::same);
  STRCMP_EQUAL("web2@10.0.0.1:81 new@10.0.0.8:80", ids().c_str());
}

TEST(Discovery, srv_records_say_port_priority_and_weight) {
  BackendRow service = row("web", "_http._tcp.web.internal", 0);
  service.tls = true;
  service.sni = "web.example.org";
  discovery.set_rows({service}, clock.now());
  NameAnswer found = answer({"10.0.0.1", "10.0.0.2"});
  found.targets[0].port = 8080;
  found.targets[0].priority = 10;
  found.targets[0].host = found.targets[1].host = "n.internal";
  found.targets[1].port = 8081;
  found.targets[1].weight = 5;
  ask("_http._tcp.web.internal", found);
  STRCMP_EQUAL("web@10.0.0.1:8080 web@10.0.0.2:8081", ids().c_str());
  const auto rows = discovery.rows();
  LONGS_EQUAL(10, rows[0].priority);
  LONGS_EQUAL(1, rows[0].weight);
  LONGS_EQUAL(5, rows[1].weight);
  // Nobody but DNS vouches for n.internal.
  STRCMP_EQUAL("web.example.org", rows[0].sni.c_str());
}

TEST(Discovery, what_the_table_says_itself_goes_before_what_names_resolve_to) {
  discovery.set_rows({row("web", "web.internal"), row("web@10.0.0.1:80", "10.0.0.1")}, clock.now());
  ask("web.internal", answer({"10.0.0.1", "10.0.0.2"}));
  STRCMP_EQUAL("web@10.0.0.1:80 web@10.0.0.2:80", ids().c_str());
  LONGS_EQUAL(1, discovery.left_out());
}

TEST(Discovery, all_names_together_make_no_table_that_is_too_large) {
  std::vector<BackendRow> rows;
  for (int i = 0; i < 20; i++) rows.push_back(row(std::to_string(i).c_str(), ("n" + std::to_string(i) + ".x").c_str()));
  discovery.set_rows(rows, clock.now());
  for (const BackendRow& one : rows) {
    NameAnswer many;
    for (int i = 0; i < 300; i++) {
      NameAnswer::Target target;
      target.address = "10." + one.id + "." + std::to_string(i / 250) + "." + std::to_string(i % 250);
      many.targets.push_back(target);
    }
    discovery.take(one.host, many, clock.now());
  }
  LONGS_EQUAL(kMaxBackends, discovery.rows().size());
  LONGS_EQUAL(20 * Discovery::kMaxTargets - kMaxBackends, discovery.left_out());
}
