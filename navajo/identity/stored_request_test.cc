#include "navajo/identity/stored_request.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using identity::StoredRequest;

namespace {

std::string read(api::BodyReader& body) {
  char buffer[7];
  std::string out;
  for (;;) {
    const api::BodyRead got = body.read(buffer);
    if (got.status != api::BodyStatus::data) return out;
    out.append(buffer, got.bytes);
  }
}

}  // namespace

TEST_GROUP(StoredRequest) {
  std::pmr::monotonic_buffer_resource memory;
};

TEST(StoredRequest, comes_back_as_it_was) {
  const StoredRequest stored{"POST", "/a?b=1", "text/plain; charset=utf-8", "one\ntwo\n"};
  const std::pmr::string text = stored.text(memory);
  const auto back = StoredRequest::parse(text);
  CHECK_TRUE(back.has_value());
  STRCMP_EQUAL("POST", std::string(back->method).c_str());
  STRCMP_EQUAL("/a?b=1", std::string(back->target).c_str());
  STRCMP_EQUAL("text/plain; charset=utf-8", std::string(back->content_type).c_str());
  STRCMP_EQUAL("one\ntwo\n", std::string(back->body).c_str());
}

TEST(StoredRequest, what_is_none_is_told) {
  for (const char* text : {"", "GET", "GET /a", "GET /a\n", "GET\n/a b\n", "GET a\x01\n\n", "GET http\x7f\n\n"})
    CHECK_FALSE_TEXT(StoredRequest::parse(text).has_value(), text);
}

TEST(StoredRequest, is_what_the_rest_of_the_chain_sees) {
  api::FakeRequest now("GET", "/a?navajo.login=token");
  now.with("Accept", "*/*").with("Content-Type", "x/y");
  identity::ReplayedRequest replayed(now, {"POST", "/a?b=1", "text/plain", "hello world"});
  STRCMP_EQUAL("POST", std::string(replayed.method()).c_str());
  STRCMP_EQUAL("/a?b=1", std::string(replayed.target()).c_str());
  STRCMP_EQUAL("b=1", std::string(replayed.query()).c_str());
  STRCMP_EQUAL("text/plain", std::string(*replayed.headers().get("Content-Type")).c_str());
  STRCMP_EQUAL("11", std::string(*replayed.headers().get("Content-Length")).c_str());
  STRCMP_EQUAL("*/*", std::string(*replayed.headers().get("Accept")).c_str());
  STRCMP_EQUAL("hello world", read(replayed.body()).c_str());
}

TEST(StoredRequest, knows_whether_a_target_has_a_path) {
  CHECK_TRUE(identity::has_path("/a%20b?c", "/a b"));
  CHECK_TRUE(identity::has_path("/a", "/a"));
  CHECK_FALSE(identity::has_path("/a/", "/a"));
  CHECK_FALSE(identity::has_path("/a/../b", "/b"));
}
