#include "navajo/cli/session_table.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;
using navajo::admin::Line;

TEST_GROUP(SessionTable) {
  Line line(const std::string& text) {
    const auto parsed = navajo::admin::parse_line(text);
    CHECK(parsed.ok());
    return *parsed;
  }
  std::string shown(std::vector<std::string> texts) {
    SessionTable table;
    std::string out;
    for (const std::string& text : texts) table.add(line(text), out);
    table.finish(out);
    return out;
  }
};

TEST(SessionTable, aligns_its_columns) {
  STRCMP_EQUAL(
      "LOG-ID        USER    AGE   IDLE  EXPIRES-IN  SIZE   STORE\n"
      "0123456789ab  ann\xc3\xa9 b  1m5s  3s    9m57s       640B   Sessions\n"
      "ba9876543210  -       2h    0s    never       1.5KB  Sessions\n",
      shown({"session id=0123456789ab store=Sessions user=ann%C3%A9%20b age_seconds=65 idle_seconds=3 "
             "expires_in_seconds=597 bytes=640",
             "session id=ba9876543210 store=Sessions age_seconds=7200 idle_seconds=0 bytes=1536"})
          .c_str());
}

TEST(SessionTable, shows_nothing_when_there_is_nothing) { STRCMP_EQUAL("", shown({}).c_str()); }

TEST(SessionTable, keeps_control_characters_from_the_terminal) {
  const std::string out = shown({"session id=0123456789ab store=S user=a%1B[2Jb%7Fc%C2%9Bd%9Be"});
  CHECK(out.find("a?[2Jb?c?d?e") != std::string::npos);
  CHECK(out.find('\x1b') == std::string::npos);
}

TEST(SessionTable, does_not_wait_for_the_last_of_many) {
  SessionTable table;
  std::string out;
  for (size_t i = 0; i < SessionTable::kLookAhead; i++) table.add(line("session id=0123456789ab store=S"), out);
  CHECK(out.starts_with("LOG-ID"));
  out.clear();
  table.add(line("session id=0123456789ab store=S user=a_name_that_is_longer_than_the_column"), out);
  STRCMP_EQUAL("0123456789ab  a_name_that_is_longer_than_the_column  -    -     never       0B    S\n", out.c_str());
}

TEST(SessionTable, has_attributes_below_their_session) {
  SessionTable table;
  std::string out;
  table.add(line("session id=0123456789ab store=S"), out);
  table.add_attribute(line("attribute session=0123456789ab name=user.auth.UserId kind=text size=4 value=anna"), out);
  table.add_attribute(line("attribute session=0123456789ab name=token kind=bytes size=2048"), out);
  CHECK(out.ends_with("S\n    user.auth.UserId (text, 4 B) = anna\n    token (bytes, 2.0 KB)\n"));
}

TEST(SessionTable, tells_a_store_in_one_line) {
  STRCMP_EQUAL("sessions Sessions 12345 active, 61 % of 1.0 GB used (normal), 90 % in about 3 h",
               store_text(line("store name=Sessions state=normal sessions_active=12345 memory_size_bytes=1073741824 "
                               "memory_used_bytes=655000000 seconds_to_90_percent=10900"))
                   .c_str());
  STRCMP_EQUAL("sessions S 0 active, 0 % of 0 B used (above 70 %)",
               store_text(line("store name=S state=above%2070%20%25")).c_str());
}

TEST(SessionTable, has_short_texts) {
  STRCMP_EQUAL("0s", short_duration(-5).c_str());
  STRCMP_EQUAL("59s", short_duration(59).c_str());
  STRCMP_EQUAL("1m", short_duration(60).c_str());
  STRCMP_EQUAL("23h59m", short_duration(86399).c_str());
  STRCMP_EQUAL("1d1h", short_duration(90000).c_str());
  STRCMP_EQUAL("1023 B", size_text(1023).c_str());
  STRCMP_EQUAL("1.0 KB", size_text(1024).c_str());
  STRCMP_EQUAL("4.0 GB", size_text(uint64_t{4} << 30).c_str());
}
