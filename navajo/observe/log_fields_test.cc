#include "navajo/observe/log_fields.h"

#include <string>

#include "CppUTest/TestHarness.h"

using navajo::observe::LogFields;

TEST_GROUP(LogFields) {
  LogFields line;
  void teardown() override { navajo::observe::show_secret_headers(false); }
  void is(const char* expected) { STRCMP_EQUAL(expected, std::string(line.view()).c_str()); }
};

TEST(LogFields, are_names_with_quoted_values) {
  line.text("<<<<< ").quoted("GET /a").field("sC", 200).field("rmIP", "::1").optional("clID", "");
  is("<<<<< 'GET /a' sC='200' rmIP='::1'");
}

TEST(LogFields, let_no_value_end_its_quotes_or_the_line) {
  line.quoted("GET /a' sC='200\r\n");
  is("'GET /a\\x27 sC=\\x27200\\x0d\\x0a'");
}

TEST(LogFields, cut_a_long_value_and_keep_what_follows) {
  line.quoted(std::string(100000, 'x')).field("sC", 200);
  CHECK(std::string(line.view()).ends_with("xxx...' sC='200'"));
}

TEST(LogFields, stay_within_their_memory) {
  for (int i = 0; i < 100; i++) line.quoted(std::string(100, '\n'));
  LONGS_EQUAL(3072, line.view().size());
}

TEST(LogFields, hide_the_values_of_secret_headers) {
  line.header("cookie", "session=1234");
  is("cookie: (12 bytes hidden)");
}

TEST(LogFields, show_secret_headers_when_that_is_asked_for) {
  navajo::observe::show_secret_headers(true);
  line.header("Authorization", "Basic xyz");
  is("Authorization: Basic xyz");
}

TEST(LogFields, show_other_headers) {
  line.header("Accept", "text/*\x1b");
  is("Accept: text/*\\x1b");
}
