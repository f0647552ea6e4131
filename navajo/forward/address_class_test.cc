#include "navajo/forward/address_class.h"

#include <CppUTest/TestHarness.h>

#include "navajo/forward/endpoint_text.h"

using namespace navajo::forward;

TEST_GROUP(AddressClasses) {
  void is(const char* address, const char* expected) {
    STRCMP_EQUAL_TEXT(expected, word(classify(endpoint(address))), address);
  }
};

TEST(AddressClasses, addresses_of_the_internet_are_global) {
  for (const char* address : {"1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.0", "100.128.0.1",
                              "2606:4700::1111", "2a00:1450:4001:830::200e"})
    is(address, "global");
}

TEST(AddressClasses, what_leads_back_to_this_machine_is_not) {
  for (const char* address : {"127.0.0.1", "127.255.255.254", "::1"}) is(address, "loopback");
  for (const char* address : {"0.0.0.0", "0.1.2.3", "::"}) is(address, "unspecified");
}

TEST(AddressClasses, the_own_network_is_not) {
  for (const char* address : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
                              "100.127.255.255", "fc00::1", "fdff::1", "fec0::1", "64:ff9b:1::a00:1"})
    is(address, "private");
  for (const char* address : {"169.254.169.254", "fe80::1", "febf::1"}) is(address, "link-local");
}

TEST(AddressClasses, special_purpose_networks_are_not) {
  for (const char* address : {"192.0.0.8", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
                              "240.0.0.1", "255.255.255.255", "2001:db8::1", "2001::1", "4000::1", "100::1"})
    is(address, "reserved");
  for (const char* address : {"224.0.0.1", "239.255.255.255", "ff02::1"}) is(address, "multicast");
}

TEST(AddressClasses, an_ipv4_address_in_the_clothes_of_an_ipv6_one_is_what_it_is) {
  is("::ffff:127.0.0.1", "loopback");
  is("::ffff:10.1.2.3", "private");
  is("::ffff:8.8.8.8", "global");
  is("::127.0.0.1", "loopback");
  is("64:ff9b::7f00:1", "loopback");
  is("64:ff9b::a9fe:a9fe", "link-local");
  is("64:ff9b::808:808", "global");
  is("2002:7f00:1::1", "loopback");
  is("2002:c0a8:101::", "private");
}

TEST(AddressClasses, what_is_no_ip_address_is_not) { is("nonsense", "reserved"); }
