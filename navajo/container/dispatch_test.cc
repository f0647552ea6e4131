#include "navajo/container/dispatch.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;

namespace {

// Runs itself again.
class Circle final : public api::Servlet {
 public:
  int rounds = 0;
  api::Outcome service(api::Request& request, api::Response& response) override {
    rounds++;
    return dispatch(*this, request, response);
  }
};

class Plain final : public api::Servlet {
 public:
  api::Outcome service(api::Request&, api::Response& response) override {
    (void)response.write(std::string_view("ok"));
    return api::Outcome::answered();
  }
};

}  // namespace

TEST_GROUP(Dispatch) {
  api::FakeRequest request{"POST", "/app/x?a=1"};
  api::FakeResponse response;
  std::string normalised(std::string_view path) {
    const auto result = normalised_path(path, request.arena);
    return result ? std::string(*result) : "(none)";
  }
};

TEST(Dispatch, empty_segments_are_joined) {
  STRCMP_EQUAL("/a/b", normalised("/a//b").c_str());
  STRCMP_EQUAL("/a/", normalised("///a///").c_str());
  STRCMP_EQUAL("/", normalised("//").c_str());
  STRCMP_EQUAL("/", normalised("/").c_str());
  STRCMP_EQUAL("/a/.b/..c/...", normalised("/a/.b/..c/...").c_str());
}

TEST(Dispatch, what_could_be_read_in_two_ways_is_no_path) {
  for (const std::string_view path : {std::string_view("/a/../b"), std::string_view("/a/."), std::string_view("a"),
                                      std::string_view(""), std::string_view("/a\r\nb"), std::string_view("/a\0b", 4)})
    STRCMP_EQUAL("(none)", normalised(path).c_str());
}

TEST(Dispatch, target_and_path_of_a_redirected_request_say_the_same) {
  request.mapped("/app", "/x");
  const RedirectedRequest other(request, "/app/\xc3\xa4 b?c%", "q=1&r=ü x");
  STRCMP_EQUAL("/app/%C3%A4%20b%3Fc%25?q=1&r=%C3%BC%20x", std::string(other.target()).c_str());
  STRCMP_EQUAL("/app/\xc3\xa4 b?c%", std::string(other.path()).c_str());
  STRCMP_EQUAL("q=1&r=%C3%BC%20x", std::string(other.query()).c_str());
  STRCMP_EQUAL("/app", std::string(other.servlet_path()).c_str());
  STRCMP_EQUAL("/\xc3\xa4 b?c%", std::string(other.path_info()).c_str());
}

TEST(Dispatch, parameters_and_body_of_before_are_not_those_of_the_new_request) {
  const http::Parameters before(request.arena);
  request.the_parameters = &before;
  request.set_attribute(api::Request::kBodyAttribute, "a=1");
  RedirectedRequest redirected(request, "/y", "b=2");
  PageRequest page(request, "/y", "");
  POINTERS_EQUAL(nullptr, redirected.parameters());
  POINTERS_EQUAL(nullptr, page.parameters());
  CHECK_TRUE(redirected.attribute(api::Request::kBodyAttribute).has_value());
  CHECK_FALSE(page.attribute(api::Request::kBodyAttribute).has_value());
}

TEST(Dispatch, a_path_outside_of_the_mapping_is_all_path_info) {
  request.mapped("/app", "/x");
  for (const char* path : {"/apple", "/other/x", "/"}) {
    const RedirectedRequest other(request, path, "");
    STRCMP_EQUAL("", std::string(other.servlet_path()).c_str());
    STRCMP_EQUAL(path, std::string(other.path_info()).c_str());
  }
}

TEST(Dispatch, a_page_is_fetched_without_the_requests_body_and_conditions) {
  request.with_body("x=1").with("If-None-Match", "*").with("Range", "bytes=0-0").with("Content-Type", "a/b");
  request.with("Accept-Language", "de");
  PageRequest page(request, "/pages/404.html", "");
  STRCMP_EQUAL("GET", std::string(page.method()).c_str());
  STRCMP_EQUAL("/pages/404.html", std::string(page.path_info()).c_str());
  CHECK_FALSE(page.body().present());
  char room[4];
  CHECK_TRUE(page.body().read(room).status == api::BodyStatus::end);
  for (const char* name : {"If-None-Match", "Range", "Content-Type"}) CHECK_FALSE(page.headers().get(name));
  STRCMP_EQUAL("de", std::string(*page.headers().get("Accept-Language")).c_str());
  size_t fields = 0;
  page.headers().for_each([&](std::string_view, std::string_view) { return ++fields > 0; });
  LONGS_EQUAL(1, fields);
  request.the_method = "HEAD";
  STRCMP_EQUAL("HEAD", std::string(PageRequest(request, "/x", "").method()).c_str());
}

TEST(Dispatch, a_circle_ends) {
  Circle circle;
  const api::Outcome outcome = circle.service(request, response);
  LONGS_EQUAL(508, outcome.status);
  STRCMP_EQUAL("dispatch_loop", outcome.cause);
  LONGS_EQUAL(kMaxDispatches + 1, circle.rounds);
}

TEST(Dispatch, one_after_the_other_is_no_circle) {
  Plain plain;
  for (int i = 0; i < 3 * kMaxDispatches; i++) CHECK_TRUE(dispatch(plain, request, response).is_answered());
}
