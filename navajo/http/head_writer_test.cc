#include <array>
#include <string>

#include "navajo/http/head_writer.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;
using State = HeadWriter::State;

TEST_GROUP(HeadWriter) {
  std::array<char, 128> buffer;
  HeadWriter writer{buffer};
};

TEST(HeadWriter, writes_a_request_head) {
  writer.request_line("GET", "/a?b");
  writer.field("Host", "x");
  writer.field("Content-Length", uint64_t{12345678901});
  writer.begin_field("Via");
  writer.part("1.1 a");
  writer.part(", 1.1 b");
  writer.end_field();
  writer.end_head();
  CHECK_TRUE(writer.state() == State::fine);
  STRCMP_EQUAL("GET /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 12345678901\r\nVia: 1.1 a, 1.1 b\r\n\r\n",
               std::string(writer.written()).c_str());
  CHECK_EQUAL(buffer.size() - writer.written().size(), writer.room().size());
}

TEST(HeadWriter, refuses_what_would_start_a_line) {
  writer.field("X", "a\r\nHost: evil");
  CHECK_TRUE(writer.state() == State::malformed);
  STRCMP_EQUAL("X: ", std::string(writer.written()).c_str());
}

TEST(HeadWriter, refuses_names_methods_and_targets_that_are_none) {
  HeadWriter name(buffer);
  name.field("X Y", "a");
  CHECK_TRUE(name.state() == State::malformed);
  HeadWriter method(buffer);
  method.request_line("GE T", "/");
  CHECK_TRUE(method.state() == State::malformed);
  for (const char* target : {"", "x", "/a b", "/a\r\nX: y", "http://a/", "/a#b", "/\x80"}) {
    HeadWriter line(buffer);
    line.request_line("GET", target);
    CHECK_TRUE_TEXT(line.state() == State::malformed, target);
  }
}

TEST(HeadWriter, stays_full_and_never_writes_past_the_end) {
  writer.field("X", std::string(200, 'x'));
  writer.field("Y", "fits but must not follow");
  CHECK_TRUE(writer.state() == State::full);
  STRCMP_EQUAL("X: ", std::string(writer.written()).c_str());
}

TEST(HeadWriter, a_head_may_fill_the_buffer_to_its_last_byte) {
  HeadWriter exact(std::span<char>(buffer).first(6));
  exact.field("X", "y");
  CHECK_TRUE(exact.state() == State::fine);
  CHECK_EQUAL(0u, exact.room().size());
  exact.end_head();
  CHECK_TRUE(exact.state() == State::full);
}

TEST(HeadWriter, a_target_for_a_proxy_has_its_authority) {
  writer.request_line("GET", "/a?b", "x.example:8080");
  STRCMP_EQUAL("GET http://x.example:8080/a?b HTTP/1.1\r\n", std::string(writer.written()).c_str());
  HeadWriter other(buffer);
  other.request_line("GET", "/", "x.example/evil");
  CHECK_TRUE(other.state() == State::malformed);
}
