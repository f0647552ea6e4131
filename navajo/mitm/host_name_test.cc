#include "navajo/mitm/host_name.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;

TEST_GROUP(HostName) {
  std::string read(const std::string& text) {
    const auto name = parse_host_name(text);
    return name ? (name->is_address() ? "address " : "") + name->text : "none";
  }
  std::string wildcard(const std::string& text) { return wildcard_for(*parse_host_name(text)); }
};

TEST(HostName, is_in_lower_case_and_without_the_final_dot) {
  STRCMP_EQUAL("www.example.com", read("WWW.Example.COM.").c_str());
  STRCMP_EQUAL("xn--bcher-kva.example", read("XN--Bcher-KVA.example").c_str());
  STRCMP_EQUAL("localhost", read("localhost").c_str());
  STRCMP_EQUAL("my_host.example.com", read("my_host.example.com").c_str());
  STRCMP_EQUAL("3com.example", read("3com.example").c_str());
}

TEST(HostName, may_be_an_address) {
  STRCMP_EQUAL("address 192.0.2.1", read("192.0.2.1").c_str());
  STRCMP_EQUAL("address 2001:db8::1", read("[2001:DB8:0:0::1]").c_str());
  STRCMP_EQUAL("address ::1", read("::1").c_str());
  LONGS_EQUAL(4, parse_host_name("192.0.2.1")->address_bytes);
  LONGS_EQUAL(16, parse_host_name("::1")->address_bytes);
}

TEST(HostName, is_nothing_else) {
  const std::string label(64, 'a'), long_name = std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                                                std::string(63, 'c') + "." + std::string(63, 'd');
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("-a.example"),
        std::string("a-.example"), std::string("*.example.com"), std::string("a b.example"),
        std::string("b\xc3\xbc.ch"), std::string("a\0b", 3), std::string("a/b"), std::string("a:443"),
        std::string("[::1"), std::string("[1.2.3.4]"),
        std::string("fe80::1%eth0"), std::string("1.2.3"), std::string("1.2.3.4.5"), std::string("127.1"),
        std::string("0x7f.1"), std::string("a.0x1"), std::string("256.1.1.1"), std::string("a.example.."), label,
        long_name, std::string(100000, 'a')})
    STRCMP_EQUAL_TEXT("none", read(text).c_str(), text.substr(0, 80).c_str());
}

TEST(HostName, collapses_into_a_wildcard_that_no_registry_would_sell_below) {
  STRCMP_EQUAL("*.example.com", wildcard("www.example.com").c_str());
  STRCMP_EQUAL("*.b.example.com", wildcard("a.b.example.com").c_str());
  STRCMP_EQUAL("*.example.co.uk", wildcard("www.example.co.uk").c_str());
  for (const char* name : {"example.com", "localhost", "example.co.uk", "example.com.au", "example.ac.jp",
                           "shop.web.za", "somebody.github.io", "app.herokuapp.com", "192.0.2.1", "::1",
                           "example.priv.no"})
    STRCMP_EQUAL_TEXT("", wildcard(name).c_str(), name);
}
