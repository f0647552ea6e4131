#include "navajo/http/address_ranges.h"

#include <initializer_list>
#include <string>

#include "CppUTest/TestHarness.h"

using navajo::http::AddressRanges;

TEST_GROUP(AddressRanges) {
  AddressRanges of(std::initializer_list<const char*> entries) {
    AddressRanges ranges;
    for (const char* entry : entries) CHECK_TRUE_TEXT(ranges.add(entry).ok(), entry);
    return ranges;
  }
  std::string error(const char* entry) {
    AddressRanges ranges;
    const auto added = ranges.add(entry);
    return added ? "" : added.error().text;
  }
};

TEST(AddressRanges, an_empty_list_contains_nobody) { CHECK_FALSE(AddressRanges().contains("127.0.0.1")); }

TEST(AddressRanges, a_network_ends_at_its_last_bit) {
  const AddressRanges ranges = of({"10.1.2.128/25", "2001:db8::/33"});
  CHECK(ranges.contains("10.1.2.128"));
  CHECK(ranges.contains("10.1.2.255"));
  CHECK_FALSE(ranges.contains("10.1.2.127"));
  CHECK_FALSE(ranges.contains("10.1.3.0"));
  CHECK(ranges.contains("2001:db8:7fff::1"));
  CHECK_FALSE(ranges.contains("2001:db8:8000::1"));
}

TEST(AddressRanges, an_address_alone_is_itself_only) {
  const AddressRanges ranges = of({"192.0.2.1", "::1"});
  CHECK(ranges.contains("192.0.2.1"));
  CHECK_FALSE(ranges.contains("192.0.2.2"));
  CHECK(ranges.contains("::1"));
  CHECK_FALSE(ranges.contains("::2"));
}

TEST(AddressRanges, takes_a_mapped_address_for_the_ipv4_address_it_is) {
  CHECK(of({"127.0.0.0/8"}).contains("::ffff:127.0.0.1"));
  CHECK(of({"::ffff:10.0.0.0/104"}).contains("10.9.9.9"));
  CHECK_FALSE(of({"::1"}).contains("127.0.0.1"));
}

TEST(AddressRanges, zero_bits_of_ipv4_are_all_of_ipv4_and_no_more) {
  const AddressRanges ranges = of({"0.0.0.0/0"});
  CHECK(ranges.contains("203.0.113.9"));
  CHECK_FALSE(ranges.contains("2001:db8::1"));
}

TEST(AddressRanges, does_not_take_a_name_or_garbage_for_an_address) {
  const AddressRanges ranges = of({"0.0.0.0/0", "::/0"});
  CHECK_FALSE(ranges.contains(""));
  CHECK_FALSE(ranges.contains("localhost"));
  CHECK_FALSE(ranges.contains("127.0.0.1.5"));
  CHECK_FALSE(ranges.contains(std::string(100, '1')));
}

TEST(AddressRanges, refuses_what_it_cannot_read_and_says_why) {
  CHECK(error("host.example").find("is not an address") != std::string::npos);
  CHECK(error("10.0.0.0/33").find("0 to 32") != std::string::npos);
  CHECK(error("10.0.0.0/").find("number of bits") != std::string::npos);
  CHECK(error("10.0.0.0/8x").find("number of bits") != std::string::npos);
  CHECK(error("::1/129").find("0 to 128") != std::string::npos);
  CHECK(error("10.0.0.1/8").find("beyond its prefix") != std::string::npos);
}
