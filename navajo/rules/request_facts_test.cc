#include "navajo/rules/request_facts.h"

#include <string>

#include "navajo/api/authentication.h"
#include "navajo/api/fakes.h"
#include "navajo/config/pattern.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::rules;

TEST_GROUP(RequestFacts) {
  api::FakeRequest request{"POST", "/a%20b?q=1"};
  api::FakeResponse response;
  RequestFacts facts{request, base::system_clock().now()};

  std::string values(Field field, const char* name) {
    std::string out;
    facts.any(field, name, [&](std::string_view value) {
      out.append(value).append(";");
      return false;
    });
    return out;
  }
  std::string text(Field field) { return std::string(facts.text(field).value_or("-")); }
};

TEST(RequestFacts, tells_what_the_head_says) {
  STRCMP_EQUAL("/a b", text(Field::path).c_str());
  STRCMP_EQUAL("/a%20b?q=1", text(Field::target).c_str());
  STRCMP_EQUAL("q=1", text(Field::query).c_str());
  STRCMP_EQUAL("POST", text(Field::method).c_str());
  STRCMP_EQUAL("http", text(Field::scheme).c_str());
  STRCMP_EQUAL("-", text(Field::country).c_str());
  LONGS_EQUAL(80, *facts.number(Field::port));
}

TEST(RequestFacts, every_field_of_a_name_is_a_value_and_case_does_not_matter) {
  request.with("X-Api", "1").with("x-api", "2").with("Cookie", "a=1; b=2; a=3").with("Cookie", "a=4");
  STRCMP_EQUAL("1;2;", values(Field::header, "X-API").c_str());
  STRCMP_EQUAL("1;3;4;", values(Field::cookie, "a").c_str());
  STRCMP_EQUAL("", values(Field::cookie, "A").c_str());
}

TEST(RequestFacts, addresses_are_sixteen_bytes_of_either_family) {
  request.the_client_address = "192.0.2.7";
  request.the_peer_address = "2001:db8::7";
  const AddressBytes four{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7};
  CHECK_TRUE(facts.address(Field::client) == four);
  LONGS_EQUAL(0x20, (*facts.address(Field::peer))[0]);
  CHECK_TRUE(config::address_bytes("::ffff:192.0.2.7") == four);
  CHECK_FALSE(config::address_bytes("192.0.2").has_value());
  CHECK_FALSE(config::address_bytes("").has_value());
}

TEST(RequestFacts, knows_the_user_by_login_or_by_httpd) {
  STRCMP_EQUAL("-", text(Field::user).c_str());
  request.variables["REMOTE_USER"] = "basic";
  STRCMP_EQUAL("basic", text(Field::user).c_str());
  request.set_attribute(api::kUserAttribute, "jane");
  request.set_attribute(api::kRolesAttribute, "clerk,admin");
  STRCMP_EQUAL("jane", text(Field::user).c_str());
  STRCMP_EQUAL("clerk;admin;", values(Field::role, "").c_str());
}

TEST(RequestFacts, looks_into_a_session_without_making_one) {
  api::FakeSession session;
  session.exists = false;
  request.sessions = &session;
  STRCMP_EQUAL("", values(Field::session, "cart").c_str());
  CHECK_FALSE(session.exists);
  session.exists = true;
  session.values["cart"] = "3";
  STRCMP_EQUAL("3;", values(Field::session, "cart").c_str());
}

TEST(RequestFacts, tags_and_captures_are_replaced_by_name) {
  facts.set_tag("a", "1");
  facts.set_tag("b", "2");
  facts.set_tag("a", "3");
  facts.set_capture("a", "x");
  STRCMP_EQUAL("3;", values(Field::tag, "a").c_str());
  STRCMP_EQUAL("x;", values(Field::capture, "a").c_str());
  std::pmr::string all;
  facts.append_tags(all);
  STRCMP_EQUAL("a=3;b=2", all.c_str());
}

TEST(RequestFacts, a_response_is_there_when_it_is) {
  CHECK_FALSE(facts.number(Field::status).has_value());
  CHECK_FALSE(facts.number(Field::duration).has_value());
  response.the_status = 404;
  response.fields.add("Content-Length", "12");
  facts.set_response(response);
  LONGS_EQUAL(404, *facts.number(Field::status));
  LONGS_EQUAL(12, *facts.number(Field::response_size));
  STRCMP_EQUAL("12;", values(Field::response_header, "content-length").c_str());
  facts.set_response(response, 502);
  LONGS_EQUAL(502, *facts.number(Field::status));
}

TEST(RequestFacts, sizes_are_declared_ones_until_the_end) {
  request.with_body("hello");
  LONGS_EQUAL(5, *facts.number(Field::request_size));
  facts.set_response(response);
  facts.set_end(3, 7);
  LONGS_EQUAL(3, *facts.number(Field::request_size));
  LONGS_EQUAL(7, *facts.number(Field::response_size));
}

TEST(RequestFacts, a_chunked_body_has_no_size_and_no_body_has_none) {
  LONGS_EQUAL(0, *facts.number(Field::request_size));
  request.with_chunks({"a"});
  CHECK_FALSE(facts.number(Field::request_size).has_value());
}

TEST(RequestFacts, tls_facts_are_those_of_mod_ssl) {
  request.variables["SSL_PROTOCOL"] = "TLSv1.3";
  STRCMP_EQUAL("TLSv1.3;", values(Field::tls, "protocol").c_str());
  STRCMP_EQUAL("", values(Field::tls, "cipher").c_str());
  STRCMP_EQUAL("", values(Field::tls, "nonsense").c_str());
}
