#include <array>
#include <string>

#include "navajo/http/body_framing.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;
using Kind = BodyFraming::Kind;

TEST_GROUP(BodyFraming) {
  std::array<FieldSlice, 8> storage;
  BodyFraming framing(std::string_view method, const std::string& head) {
    ResponseHeadParser parser(storage, {});
    CHECK_TRUE(parser.parse(head + "\r\n\r\n") == ResponseHeadParser::State::complete);
    return response_framing(method, parser.head());
  }
};

TEST(BodyFraming, a_length_ends_the_body) {
  const BodyFraming body = framing("GET", "HTTP/1.1 200 OK\r\nContent-Length: 17");
  CHECK_TRUE(body.kind == Kind::length);
  CHECK_EQUAL(17u, body.length);
}

TEST(BodyFraming, chunked_ends_itself) {
  CHECK_TRUE(framing("POST", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked").kind == Kind::chunked);
}

TEST(BodyFraming, without_either_the_close_ends_it) {
  CHECK_TRUE(framing("GET", "HTTP/1.1 200 OK\r\nServer: x").kind == Kind::until_close);
}

TEST(BodyFraming, some_responses_have_no_body_whatever_they_say) {
  CHECK_TRUE(framing("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 17").kind == Kind::none);
  CHECK_TRUE(framing("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked").kind == Kind::none);
  CHECK_TRUE(framing("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 17").kind == Kind::none);
  CHECK_TRUE(framing("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 17").kind == Kind::none);
  CHECK_TRUE(framing("GET", "HTTP/1.1 103 Early Hints").kind == Kind::none);
}

TEST(BodyFraming, knows_what_may_be_sent_twice) {
  for (const char* method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"}) CHECK_TRUE(is_idempotent(method));
  for (const char* method : {"POST", "PATCH", "CONNECT", "get", "", "PROPFIND"}) CHECK_FALSE(is_idempotent(method));
}
