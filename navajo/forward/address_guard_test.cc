#include "navajo/forward/address_guard.h"

#include <CppUTest/TestHarness.h>

#include "navajo/forward/endpoint_text.h"

using namespace navajo::forward;
using navajo::config::Network;

TEST_GROUP(AddressGuards) {
  AddressGuard guard;
  void allow(const char* word) { CHECK_TEXT(guard.allow(word).ok(), word); }
  bool allows(const char* address, uint16_t port = 443) { return guard.allows(endpoint(address, port)); }
};

TEST(AddressGuards, the_internet_is_allowed_and_what_is_near_is_not) {
  CHECK(allows("93.184.216.34"));
  CHECK(allows("2606:4700::1111"));
  for (const char* address : {"127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0"})
    CHECK_FALSE_TEXT(allows(address), address);
}

TEST(AddressGuards, a_network_that_is_named_is_allowed) {
  allow("10.1.0.0/16");
  CHECK(allows("10.1.2.3"));
  CHECK(allows("10.1.2.3", 80));
  CHECK_FALSE(allows("10.2.0.1"));
}

TEST(AddressGuards, a_network_may_be_allowed_for_one_port) {
  allow("127.0.0.1:8443");
  allow("[fd00::]/8:443");
  CHECK(allows("127.0.0.1", 8443));
  CHECK_FALSE(allows("127.0.0.1", 8444));
  CHECK(allows("fd00::7", 443));
  CHECK_FALSE(allows("fd00::7", 444));
}

TEST(AddressGuards, an_ipv6_network_without_port_is_one) {
  allow("fd00::/8");
  allow("::1");
  CHECK(allows("fd12::1", 9));
  CHECK(allows("::1", 9));
}

TEST(AddressGuards, a_word_that_is_no_network_is_a_fault) {
  for (const char* word : {"example.com", "10.0.0.0/33", "10.0.0.1:0", "10.0.0.1:70000", ""})
    CHECK_FALSE_TEXT(guard.allow(word).ok(), word);
}

TEST(AddressGuards, a_refused_network_is_refused_although_it_is_allowed) {
  allow("10.0.0.0/8");
  guard.refuse(*Network::parse("10.9.0.0/16"));
  guard.refuse(*Network::parse("93.184.216.0/24"));
  CHECK(allows("10.8.0.1"));
  CHECK_FALSE(allows("10.9.0.1"));
  CHECK_FALSE(allows("93.184.216.34"));
}

TEST(AddressGuards, our_own_listeners_are_refused_unless_their_port_is_named) {
  guard.protect("127.0.0.1:3128");
  allow("127.0.0.0/8");
  CHECK(allows("127.0.0.1", 3129));
  CHECK_FALSE(allows("127.0.0.1", 3128));
  CHECK_FALSE(allows("::ffff:127.0.0.1", 3128));
  allow("127.0.0.1:3128");
  CHECK(allows("127.0.0.1", 3128));
}

TEST(AddressGuards, a_listener_on_all_addresses_stands_for_every_address_of_this_machine) {
  guard.protect("*:3128");
  allow("127.0.0.0/8");
  CHECK_FALSE(allows("127.0.0.1", 3128));
  CHECK(allows("127.0.0.1", 3129));
}

TEST(AddressGuards, a_local_socket_is_no_address) {
  navajo::reactor::Endpoint local;
  local.address.ss_family = AF_UNIX;
  CHECK_FALSE(guard.allows(local));
}
