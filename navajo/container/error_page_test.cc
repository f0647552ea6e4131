#include "navajo/container/error_page.h"

#include <string>

#include "navajo/api/fakes.h"
#include "navajo/container/web_application.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;

TEST_GROUP(ErrorPage) {
  api::FakeRequest request;
  api::FakeResponse response;
  void refuse(int status) {
    container::render_error(api::Outcome::refused(status, "because"), nullptr, request, response);
  }
};

TEST(ErrorPage, people_get_html_and_programs_problem_json) {
  refuse(404);
  STRCMP_EQUAL("text/html;charset=utf-8", response.content_type.c_str());
  STRCMP_CONTAINS("Not Found", response.body.c_str());
  request.with("Accept", "application/json");
  api::FakeResponse json;
  container::render_error(api::Outcome::refused(404, "because"), nullptr, request, json);
  STRCMP_EQUAL("application/problem+json", json.content_type.c_str());
  STRCMP_CONTAINS("\"status\":404", json.body.c_str());
}

TEST(ErrorPage, a_request_id_cannot_leave_its_place) {
  request.the_id = "\"><script>";
  refuse(500);
  CHECK(response.body.find("<script>") == std::string::npos);
}

TEST(ErrorPage, fields_of_another_body_go_and_those_of_the_refusal_stay) {
  response.fields.set("Content-Encoding", "gzip");
  response.fields.set("Retry-After", "5");
  refuse(503);
  CHECK_FALSE(response.fields.get("Content-Encoding").has_value());
  STRCMP_EQUAL("5", std::string(*response.fields.get("Retry-After")).c_str());
  STRCMP_EQUAL("no-store", std::string(*response.fields.get("Cache-Control")).c_str());
}
