#include "navajo/route/backend_columns.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::route;

namespace {

std::string wrong(const char* column, std::string_view text) {
  BackendRow row;
  const auto done = set_column(row, column, text);
  return done.ok() ? "" : done.error().text;
}
void takes(const char* column, std::string_view text) { STRCMP_EQUAL("", wrong(column, text).c_str()); }
void refuses(const char* column, std::string_view text) { CHECK_FALSE(wrong(column, text).empty()); }

BackendRow good() {
  BackendRow row;
  row.id = "a";
  row.app = "shop";
  row.host = "10.0.0.1";
  row.port = 80;
  return row;
}
std::string first(const BackendRow& row) {
  const auto faults = row_faults(row);
  return faults.empty() ? "" : faults[0].column + " " + faults[0].text;
}

}  // namespace

TEST_GROUP(BackendColumns) {};

TEST(BackendColumns, every_column_shows_what_it_takes) {
  struct {
    const char *column, *text, *shown;
  } const cases[] = {
      {"id", "eu-1", "eu-1"},       {"app", "shop", "shop"},       {"region", "EU", "eu"},
      {"country", "de", "DE"},      {"wg_ip", "[FD00::7]", "fd00::7"}, {"port", "8080", "8080"},
      {"healthy", "off", "0"},      {"weight", "0", "1"},          {"soft_limit", "0", "1"},
      {"hard_limit", "150", "150"}, {"zone", "a", "a"},            {"priority", "2", "2"},
      {"draining", "true", "1"},    {"tls", "1", "1"},             {"sni", "Web.Example.org", "web.example.org"},
      {"proxy_protocol", "v2", "v2"}, {"source_address", "10.50.0.1", "10.50.0.1"},
      {"bind_device", "wg0", "wg0"},  {"check", "http:/up=204", "http:/up=204"},
      {"expires", "1700000000", "1700000000"},
  };
  LONGS_EQUAL(backend_columns().size(), std::size(cases));
  for (const auto& one : cases) {
    BackendRow row;
    const auto done = set_column(row, one.column, one.text);
    STRCMP_EQUAL("", done.ok() ? "" : done.error().text.c_str());
    STRCMP_EQUAL(one.shown, find_column(one.column)->show(row).c_str());
  }
}

TEST(BackendColumns, a_column_that_is_not_there_is_told_with_the_one_that_was_meant) {
  STRCMP_CONTAINS("did you mean 'hard_limit'", wrong("hard_limt", "1").c_str());
  CHECK_TRUE(find_column("ip") == find_column("wg_ip"));
}

TEST(BackendColumns, numbers_are_whole_and_within_their_range) {
  for (const char* text : {"", " 1", "1 ", "-1", "1.5", "0x10", "65536", "9999999999999999999999"})
    refuses("port", text);
  refuses("weight", "1000001");
  refuses("hard_limit", "4294967296");
  takes("hard_limit", "4294967295");
  refuses("healthy", "2");
  refuses("priority", "-1");
}

TEST(BackendColumns, texts_have_a_length_and_no_control_bytes) {
  refuses("id", std::string(129, 'x'));
  takes("id", std::string(128, 'x'));
  for (const char* text : {"a b", "a\nb", "a\"b", "a'b", "\x7f", "\xc3\xa4"}) refuses("id", text);
  refuses("app", std::string_view("a\0b", 3));
  refuses("bind_device", "sixteen-is-a-lot");
  refuses("check", "http:/a b");
  refuses("check", "http:/a=20");
  refuses("check", "http:/a=299-200");
  refuses("check", "ftp");
  refuses("proxy_protocol", "v3");
  refuses("country", "DEU");
  refuses("country", "d1");
}

TEST(BackendColumns, hosts_are_addresses_or_names_and_nothing_between) {
  for (const char* text : {"10.0.0.1", "fd00::7", "[::1]", "web.internal", "web.internal.", "_http._tcp.web.internal"})
    takes("wg_ip", text);
  for (const char* text : {"", "10.0.0.300", "10.0.0", "web..internal", "-web", "web-", "a b", "user@host", "http://x",
                           "10.0.0.1:80", "[10.0.0.1]", "[]", "."})
    refuses("wg_ip", text);
  refuses("wg_ip", std::string(64, 'a'));
  refuses("sni", "a_b c");
  refuses("source_address", "web");
}

TEST(BackendColumns, a_row_is_judged_as_a_whole) {
  STRCMP_EQUAL("", first(good()).c_str());
  BackendRow row = good();
  row.soft_limit = 10;
  row.hard_limit = 9;
  STRCMP_EQUAL("hard_limit '9' is lower than soft_limit (10)", first(row).c_str());
  row = good();
  row.port = 0;
  STRCMP_EQUAL("port '0' is no port (1 to 65535)", first(row).c_str());
  row.host = "_http._tcp.web";
  STRCMP_EQUAL("", first(row).c_str());
  row.tls = true;
  STRCMP_EQUAL("sni is needed for TLS with a name of SRV records", first(row).c_str());
  row = good();
  row.source_address = "::1";
  STRCMP_EQUAL("source_address '::1' is not of the same family as 10.0.0.1", first(row).c_str());
  LONGS_EQUAL(3, row_faults(BackendRow()).size());
}

TEST(BackendColumns, an_address_with_a_port_is_a_backend_of_the_app_default) {
  const auto row = row_of_address("[fd00::7]:8080");
  STRCMP_EQUAL("[fd00::7]:8080", row->id.c_str());
  STRCMP_EQUAL("fd00::7", row->host.c_str());
  STRCMP_EQUAL("default", row->app.c_str());
  LONGS_EQUAL(8080, row->port);
  LONGS_EQUAL(0, row->hard_limit);
  for (const char* text : {"10.0.0.1", "10.0.0.1:0", "10.0.0.1:x", ":80", "a b:80"})
    CHECK_FALSE(row_of_address(text).ok());
}
