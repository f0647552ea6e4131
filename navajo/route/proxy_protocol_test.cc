#include "navajo/route/proxy_protocol.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::route;
using State = ProxyHeaderState;

namespace {

reactor::Endpoint endpoint(const char* address, uint16_t port) { return *reactor::parse_address(address, port); }

State read(std::string_view input, ProxyHeader& header) { return read_proxy_header(input, header); }

// Every cut of a header is incomplete; the whole of it, with what comes after, is complete.
void reads_in_pieces(const std::string& header, const char* source, const char* destination) {
  ProxyHeader got;
  for (size_t length = 0; length < header.size(); length++)
    CHECK(State::incomplete == read(std::string_view(header).substr(0, length), got));
  CHECK(State::complete == read(header + "GET / HTTP/1.1\r\n", got));
  UNSIGNED_LONGS_EQUAL(header.size(), got.length);
  CHECK_FALSE(got.local);
  STRCMP_EQUAL(source, got.source.text().c_str());
  STRCMP_EQUAL(destination, got.destination.text().c_str());
}

void is_malformed(const std::string& text) {
  ProxyHeader got;
  CHECK_TEXT(State::malformed == read(text, got), text.c_str());
}

}  // namespace

TEST_GROUP(ProxyProtocol) {};

TEST(ProxyProtocol, both_versions_come_back_as_they_were_written) {
  const auto v4 = endpoint("192.0.2.7", 4711), to4 = endpoint("198.51.100.1", 443);
  const auto v6 = endpoint("2001:db8::7", 4711), to6 = endpoint("2001:db8::1", 443);
  reads_in_pieces(proxy_header_v1(v4, to4), "192.0.2.7:4711", "198.51.100.1:443");
  reads_in_pieces(proxy_header_v2(v4, to4), "192.0.2.7:4711", "198.51.100.1:443");
  reads_in_pieces(proxy_header_v1(v6, to6), "[2001:db8::7]:4711", "[2001:db8::1]:443");
  reads_in_pieces(proxy_header_v2(v6, to6), "[2001:db8::7]:4711", "[2001:db8::1]:443");
}

TEST(ProxyProtocol, writes_what_the_document_shows) {
  STRCMP_EQUAL("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
               proxy_header_v1(endpoint("255.255.255.255", 65535), endpoint("255.255.255.255", 65535)).c_str());
  UNSIGNED_LONGS_EQUAL(28, proxy_header_v2(endpoint("192.0.2.7", 1), endpoint("192.0.2.8", 2)).size());
  UNSIGNED_LONGS_EQUAL(52, proxy_header_v2(endpoint("::1", 1), endpoint("::2", 2)).size());
}

TEST(ProxyProtocol, a_mapped_address_is_an_ipv4_one_beside_one) {
  STRCMP_EQUAL("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n",
               proxy_header_v1(endpoint("::ffff:192.0.2.7", 1), endpoint("192.0.2.8", 2)).c_str());
  STRCMP_EQUAL("PROXY UNKNOWN\r\n", proxy_header_v1(endpoint("192.0.2.7", 1), endpoint("::1", 2)).c_str());
  UNSIGNED_LONGS_EQUAL(16, proxy_header_v2(endpoint("192.0.2.7", 1), endpoint("::1", 2)).size());
}

TEST(ProxyProtocol, who_names_no_client_is_the_proxy_itself) {
  ProxyHeader got;
  CHECK(State::complete == read("PROXY UNKNOWN\r\nx", got));
  CHECK(got.local);
  UNSIGNED_LONGS_EQUAL(15, got.length);
  CHECK(State::complete == read("PROXY UNKNOWN ffff:f::1 ffff::2 65535 65535\r\n", got));
  CHECK(got.local);
  const std::string local = proxy_header_v2({}, {});
  CHECK(State::complete == read(local, got));
  CHECK(got.local);
}

TEST(ProxyProtocol, what_other_protocols_begin_with_is_none) {
  ProxyHeader got;
  for (const char* text : {"GET / HTTP/1.1\r\n", "PRI * HTTP/2.0", "PROXX", "\x16\x03\x01", "\r\n\r\nx", "proxy TCP4"})
    CHECK(State::none == read(text, got));
  CHECK(State::incomplete == read("", got));
  CHECK(State::incomplete == read("P", got));
}

TEST(ProxyProtocol, tlvs_are_skipped_up_to_the_limit) {
  std::string header = proxy_header_v2(endpoint("192.0.2.7", 1), endpoint("192.0.2.8", 2));
  header[15] = 12 + 5;
  header += std::string("\x04\x00\x02xx", 5);
  ProxyHeader got;
  CHECK(State::complete == read(header, got));
  UNSIGNED_LONGS_EQUAL(33, got.length);
  header[14] = '\x20';
  is_malformed(header);
}

TEST(ProxyProtocol, half_a_truth_is_refused) {
  is_malformed("PROXY TCP4 192.0.2.7 192.0.2.8 1\r\n");
  is_malformed("PROXY TCP4 192.0.2.7 192.0.2.8 1 2 3\r\n");
  is_malformed("PROXY TCP4  192.0.2.7 192.0.2.8 1 2\r\n");
  is_malformed("PROXY TCP4 192.0.2.7 192.0.2.8 1 65536\r\n");
  is_malformed("PROXY TCP4 192.0.2.7 192.0.2.8 01 2\r\n");
  is_malformed("PROXY TCP4 192.0.2.7 192.0.2.8 1 +2\r\n");
  is_malformed("PROXY TCP4 ::1 ::2 1 2\r\n");
  is_malformed("PROXY TCP6 192.0.2.7 192.0.2.8 1 2\r\n");
  is_malformed("PROXY UDP4 192.0.2.7 192.0.2.8 1 2\r\n");
  is_malformed("PROXY TCP4 example.org 192.0.2.8 1 2\r\n");
  is_malformed("PROXY " + std::string(102, 'x'));
  std::string header = proxy_header_v2(endpoint("192.0.2.7", 1), endpoint("192.0.2.8", 2));
  for (const auto& [at, byte] : {std::pair<size_t, char>{12, '\x11'}, {12, '\x22'}, {13, '\x12'}, {13, '\x31'},
                                {15, '\x0b'}}) {
    std::string wrong = header;
    wrong[at] = byte;
    is_malformed(wrong);
  }
}
