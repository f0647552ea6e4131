#include "navajo/forward/policy.h"

#include <CppUTest/TestHarness.h>

#include "navajo/forward/endpoint_text.h"

using namespace navajo::forward;
using navajo::config::DestinationElement;
using navajo::config::ForwardAction;
using navajo::config::ForwardProxyElement;
using navajo::reactor::Endpoints;
using Words = std::vector<std::string>;
using Missing = Verdict::Missing;

TEST_GROUP(Policies) {
  ForwardProxyElement element;
  void setup() override {
    element.clients.value = {"10.0.0.0/8"};
    element.ports.value = {"80", "443", "8000-8100"};
    element.default_action.value = ForwardAction::tunnel;
  }
  DestinationElement& rule(ForwardAction action) {
    element.destinations.emplace_back().action.value = action;
    return element.destinations.back();
  }
  Verdict ask(const char* authority, const char* client = "10.1.1.1", const Endpoints* addresses = nullptr,
              std::optional<std::string_view> server_name = {}) {
    const Target target = *parse_target(authority, 443);
    return Policy(element).decide({target, client, addresses, server_name});
  }
  void is(ForwardAction expected, const Verdict& verdict) {
    CHECK(verdict.missing == Missing::nothing);
    CHECK(expected == verdict.action);
  }
  void refused(const char* reason, const Verdict& verdict) {
    is(ForwardAction::refuse, verdict);
    STRCMP_EQUAL(reason, verdict.reason);
  }
};

TEST(Policies, without_rules_the_default_holds) { is(ForwardAction::tunnel, ask("www.example.com")); }

TEST(Policies, a_client_of_another_network_is_refused) {
  refused("client_not_allowed", ask("www.example.com", "192.168.1.1"));
  refused("client_not_allowed", ask("www.example.com", "::1"));
}

TEST(Policies, a_port_that_is_not_named_is_refused) {
  refused("port_not_allowed", ask("www.example.com:25"));
  is(ForwardAction::tunnel, ask("www.example.com:8000"));
  is(ForwardAction::tunnel, ask("www.example.com:8100"));
  refused("port_not_allowed", ask("www.example.com:8101"));
}

TEST(Policies, the_first_rule_that_holds_decides) {
  rule(ForwardAction::intercept).hosts.value = {"www.example.com"};
  rule(ForwardAction::refuse).hosts.value = {"*.example.com"};
  is(ForwardAction::intercept, ask("www.example.com"));
  refused("destination_refused", ask("other.example.com"));
  is(ForwardAction::tunnel, ask("example.com"));
}

TEST(Policies, all_attributes_have_to_hold) {
  DestinationElement& one = rule(ForwardAction::refuse);
  one.hosts.value = {"a.example", "b.example"};
  one.ports.value = {"443"};
  one.clients.value = {"10.1.0.0/16"};
  refused("destination_refused", ask("b.example:443"));
  is(ForwardAction::tunnel, ask("b.example:80"));
  is(ForwardAction::tunnel, ask("b.example:443", "10.2.0.1"));
}

TEST(Policies, a_regular_expression_is_searched_in_the_name) {
  DestinationElement& one = rule(ForwardAction::refuse);
  one.host_regex.value = "(^|[.])ads?[0-9]*[.]";
  one.host_regex.given = true;
  refused("destination_refused", ask("ad7.example.com"));
  refused("destination_refused", ask("x.ADS.example.com"));
  is(ForwardAction::tunnel, ask("loads.example.com"));
}

TEST(Policies, a_rule_about_addresses_asks_for_them_only_if_all_else_holds) {
  DestinationElement& one = rule(ForwardAction::refuse);
  one.hosts.value = {"*.example"};
  one.addresses.value = {"192.0.2.0/24"};
  is(ForwardAction::tunnel, ask("www.other"));
  CHECK(ask("www.example").missing == Missing::addresses);
}

TEST(Policies, one_refused_address_is_enough_and_all_have_to_be_allowed) {
  rule(ForwardAction::refuse).addresses.value = {"192.0.2.0/24"};
  rule(ForwardAction::intercept).addresses.value = {"198.51.100.0/24", "2001:db8::/32"};
  const Endpoints mixed{endpoint("198.51.100.1"), endpoint("192.0.2.1")};
  const Endpoints inside{endpoint("198.51.100.1"), endpoint("2001:db8::1")};
  const Endpoints partly{endpoint("198.51.100.1"), endpoint("203.0.113.1")};
  refused("destination_refused", ask("www.example", "10.1.1.1", &mixed));
  is(ForwardAction::intercept, ask("www.example", "10.1.1.1", &inside));
  is(ForwardAction::tunnel, ask("www.example", "10.1.1.1", &partly));
}

TEST(Policies, a_rule_about_the_server_name_waits_for_it) {
  rule(ForwardAction::tunnel).server_names.value = {"*.pinned.example"};
  rule(ForwardAction::intercept);
  CHECK(ask("192.0.2.1").missing == Missing::server_name);
  is(ForwardAction::tunnel, ask("192.0.2.1", "10.1.1.1", nullptr, "api.pinned.example"));
  is(ForwardAction::intercept, ask("192.0.2.1", "10.1.1.1", nullptr, "www.example"));
  is(ForwardAction::intercept, ask("192.0.2.1", "10.1.1.1", nullptr, ""));
}

TEST(Policies, an_earlier_rule_decides_without_asking) {
  rule(ForwardAction::refuse).hosts.value = {"www.example"};
  rule(ForwardAction::tunnel).server_names.value = {"*"};
  refused("destination_refused", ask("www.example"));
}

TEST(Policies, networks_that_are_refused_whatever_leads_there_are_for_the_guard) {
  rule(ForwardAction::refuse).addresses.value = {"192.0.2.0/24"};
  DestinationElement& narrow = rule(ForwardAction::refuse);
  narrow.addresses.value = {"198.51.100.0/24"};
  narrow.hosts.value = {"www.example"};
  const auto networks = Policy(element).refused_networks();
  LONGS_EQUAL(1, networks.size());
  CHECK(networks[0].contains("192.0.2.7"));
}

TEST(Policies, a_pattern_that_gives_up_refuses_and_never_lets_through) {
  const std::string hostile = "a" + std::string(60, 'a') + ".example";
  DestinationElement& allow = rule(ForwardAction::intercept);
  allow.host_regex.value = "^(a+)+$";
  allow.host_regex.given = true;
  is(ForwardAction::tunnel, ask(hostile.c_str()));
  DestinationElement& deny = rule(ForwardAction::refuse);
  deny.host_regex.value = "^(a+)+$";
  deny.host_regex.given = true;
  refused("destination_refused", ask(hostile.c_str()));
}
