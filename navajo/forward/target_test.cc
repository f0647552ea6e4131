#include "navajo/forward/target.h"

#include <CppUTest/TestHarness.h>

using namespace navajo::forward;

TEST_GROUP(Targets) {
  void is(const char* authority, const char* expected) {
    const auto target = parse_target(authority, 80);
    CHECK_TEXT(target.has_value(), authority);
    if (target) STRCMP_EQUAL_TEXT(expected, target->text().c_str(), authority);
  }
};

TEST(Targets, a_name_has_one_spelling) {
  is("www.Example.COM:443", "www.example.com:443");
  is("www.example.com.:443", "www.example.com:443");
  is("www.example.com", "www.example.com:80");
  is("a_b.example:1", "a_b.example:1");
  is("1.2.3.4.example", "1.2.3.4.example:80");
}

TEST(Targets, an_address_has_one_spelling) {
  is("127.1:443", "127.0.0.1:443");
  is("0x7f.1:443", "127.0.0.1:443");
  is("2130706433:443", "127.0.0.1:443");
  is("017700000001", "127.0.0.1:80");
  is("127.0.0.1.", "127.0.0.1:80");
  is("[::1]:443", "[::1]:443");
  is("[0:0:0::0001]", "[::1]:80");
  is("[::ffff:10.0.0.1]:443", "10.0.0.1:443");
}

TEST(Targets, addresses_are_told_from_names) {
  CHECK(parse_target("10.0.0.1", 80)->is_address);
  CHECK(parse_target("[::1]", 80)->is_address);
  CHECK_FALSE(parse_target("example.com", 80)->is_address);
}

TEST(Targets, what_could_be_read_in_two_ways_is_none) {
  for (const char* authority :
       {"", ":443", "a b:1", "user@host:443", "host:443@evil:443", "host:", "host:0", "host:65536", "host:4x",
        "host:-1", "host:443:443", "::1", "[::1", "[::1]443", "[::1%25lo]:443", "[gg::]:1", "a..b:1", ".a:1", "999.1:1",
        "1.2.3.4.5:1", "0x1g.0x1.7777777777777:1", "host/path:1", "h\xc3\xb6st:1", "host\n:1", "*.example.com:443"})
    CHECK_FALSE_TEXT(parse_target(authority, 80).has_value(), authority);
  CHECK_FALSE(parse_target(std::string(254, 'a'), 80).has_value());
  CHECK_FALSE(parse_target(std::string(64, 'a') + ".example", 80).has_value());
}

TEST(Targets, a_connect_needs_a_port) {
  CHECK_FALSE(parse_target("www.example.com", 0).has_value());
  CHECK_FALSE(parse_target("[::1]", 0).has_value());
  CHECK(parse_target("www.example.com:443", 0).has_value());
}
