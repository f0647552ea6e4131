#include <string>

#include "navajo/connector/address.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::connector;

TEST_GROUP(Address){std::string fault(const char* text){auto parsed = parse_addresses(text, 80);
return parsed.ok() ? "(none)" : parsed.error().text;
}
}
;

TEST(Address, a_list_keeps_its_order_and_groups) {
  auto parsed = parse_addresses("app1:8080  app2\t[::1]:81 | 192.0.2.1:82\n| unix:/run/app.sock", 80);
  CHECK_TRUE(parsed.ok());
  const auto& list = *parsed;
  CHECK_EQUAL(5u, list.size());
  STRCMP_EQUAL("app1", list[0].host.c_str());
  CHECK_EQUAL(8080, list[0].port);
  STRCMP_EQUAL("app1:8080", list[0].text.c_str());
  STRCMP_EQUAL("app1:8080", list[0].host_field.c_str());
  STRCMP_EQUAL("app2:80", list[1].text.c_str());
  STRCMP_EQUAL("app2", list[1].host_field.c_str());
  STRCMP_EQUAL("::1", list[2].host.c_str());
  STRCMP_EQUAL("[::1]:81", list[2].text.c_str());
  CHECK_EQUAL(0u, list[2].group);
  CHECK_EQUAL(1u, list[3].group);
  CHECK_EQUAL(2u, list[4].group);
  STRCMP_EQUAL("unix:/run/app.sock", list[4].host.c_str());
  STRCMP_EQUAL("localhost", list[4].host_field.c_str());
}

TEST(Address, the_default_port_is_left_out_of_the_Host_field) {
  STRCMP_EQUAL("app1", parse_addresses("app1:80", 80)->front().host_field.c_str());
  STRCMP_EQUAL("app1:80", parse_addresses("app1:80", 443)->front().host_field.c_str());
  STRCMP_EQUAL("[::1]", parse_addresses("[::1]", 443)->front().host_field.c_str());
  STRCMP_EQUAL("[::1]:443", parse_addresses("[::1]", 443)->front().text.c_str());
}

TEST(Address, every_fault_is_told) {
  STRCMP_EQUAL("no address", fault("").c_str());
  STRCMP_EQUAL("'a:x' is no host:port; 'http://b' is no host:port", fault("a:x http://b").c_str());
  STRCMP_EQUAL("'a:80' stands there twice", fault("a a:80").c_str());
  STRCMP_EQUAL("'unix:app.sock' is no absolute path after 'unix:'", fault("unix:app.sock").c_str());
  STRCMP_EQUAL("an empty group before '|'", fault("| a").c_str());
  STRCMP_EQUAL("an empty group after '|'", fault("a |").c_str());
  STRCMP_EQUAL("an empty group before '|'", fault("a | | b").c_str());
  CHECK_TRUE(fault(("unix:/" + std::string(107, 'x')).c_str()).find("too long") != std::string::npos);
}

TEST(Address, there_is_a_most_of_64) {
  std::string list;
  for (int i = 0; i < 64; i++) list += "app" + std::to_string(i) + " ";
  CHECK_TRUE(parse_addresses(list, 80).ok());
  STRCMP_EQUAL("more than 64 addresses", fault((list + "one.more").c_str()).c_str());
}
