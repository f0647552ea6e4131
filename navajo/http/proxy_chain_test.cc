#include <memory_resource>
#include <string>

#include "navajo/http/proxy_chain.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(ProxyChain) {
  HeaderList fields;
  std::pmr::monotonic_buffer_resource memory;

  // 10.x and fd00:: are trusted.
  std::string client(const char* peer, const char* known = nullptr) {
    const auto trusted = [](std::string_view address) {
      return address.starts_with("10.") || address.starts_with("fd00:");
    };
    return std::string(client_behind_proxies(peer, known ? known : peer, fields, trusted, memory));
  }
  std::string field(const char* name) { return std::string(fields.get(name).value_or("(none)")); }
};

TEST(ProxyChain, an_untrusted_peer_is_the_client_and_its_claims_are_gone) {
  for (const char* name : {"X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For", "X-Forwarded-Proto",
                           "X-Forwarded_Host", "X-Forwarded-Port", "Forwarded", "X-Real-IP", "x_real_ip"})
    fields.add(name, "10.0.0.1");
  fields.add("X-Forwarding", "stays");
  STRCMP_EQUAL("192.0.2.1", client("192.0.2.1").c_str());
  size_t left = 0;
  fields.for_each([&](std::string_view, std::string_view) { return ++left; });
  CHECK_EQUAL(1u, left);
  STRCMP_EQUAL("stays", field("X-Forwarding").c_str());
}

TEST(ProxyChain, behind_trusted_proxies_the_right_most_other_hop_is_the_client) {
  fields.add("X-Forwarded-For", "203.0.113.9, 198.51.100.7");
  fields.add("X-Forwarded-For", "10.0.0.9");
  fields.add("X-Forwarded-Proto", "https");
  fields.add("X_Forwarded_Proto", "http");
  STRCMP_EQUAL("198.51.100.7", client("10.0.0.1").c_str());
  STRCMP_EQUAL("198.51.100.7, 10.0.0.9", field("X-Forwarded-For").c_str());
  STRCMP_EQUAL("https", field("X-Forwarded-Proto").c_str());
  STRCMP_EQUAL("(none)", field("X_Forwarded_Proto").c_str());
}

TEST(ProxyChain, hops_may_bring_ports_brackets_and_quotes) {
  const char* const hops[][2] = {{"198.51.100.7:4711", "198.51.100.7"},
                                 {"[2001:db8::1]:4711", "2001:db8::1"},
                                 {"2001:db8::1", "2001:db8::1"},
                                 {"\"[2001:db8::1]\"", "2001:db8::1"}};
  for (const auto& [hop, address] : hops) {
    fields.remove("X-Forwarded-For");
    fields.add("X-Forwarded-For", hop);
    STRCMP_EQUAL(address, client("fd00::1").c_str());
  }
}

TEST(ProxyChain, nothing_is_believed_beyond_a_hop_that_is_no_address) {
  for (const char* hop : {"unknown", "_hidden", "198.51.100.7.1", "[2001:db8::1", "1.2.3.4 5.6.7.8"}) {
    fields.remove("X-Forwarded-For");
    fields.add("X-Forwarded-For", std::string("192.0.2.66, ") + hop + ", 10.0.0.9");
    STRCMP_EQUAL("10.0.0.9", client("10.0.0.1").c_str());
    STRCMP_EQUAL("10.0.0.9", field("X-Forwarded-For").c_str());
  }
}

TEST(ProxyChain, when_all_hops_are_trusted_the_first_is_the_client) {
  fields.add("X-Forwarded-For", "10.0.0.8,, 10.0.0.9,");
  STRCMP_EQUAL("10.0.0.8", client("10.0.0.1").c_str());
}

TEST(ProxyChain, without_a_list_the_peer_is_the_client) { STRCMP_EQUAL("10.0.0.1", client("10.0.0.1").c_str()); }

TEST(ProxyChain, what_mod_remoteip_has_found_is_gone_on_from) {
  fields.add("X-Forwarded-For", "192.0.2.66");
  STRCMP_EQUAL("198.51.100.7", client("10.0.0.1", "198.51.100.7").c_str());
  STRCMP_EQUAL("(none)", field("X-Forwarded-For").c_str());
}
