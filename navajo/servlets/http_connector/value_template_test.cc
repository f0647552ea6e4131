#include <string>

#include "navajo/api/fakes.h"
#include "navajo/servlets/http_connector/value_template.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::servlets::http_connector;
using navajo::api::FakeRequest;

TEST_GROUP(ValueTemplate){std::string value(const char* text){FakeRequest request;
request.with("Host", "www.example.test:81").with("X-One", "1");
request.variables["SERVER_NAME"] = "server.example.test";
auto parsed = ValueTemplate::parse(text);
return parsed.ok() ? std::string(parsed->value(request)) : "fault: " + parsed.error().text;
}
}
;

TEST(ValueTemplate, a_plain_text_is_constant) {
  STRCMP_EQUAL("intra.example.test:8080", value(" intra.example.test:8080 ").c_str());
  CHECK_TRUE(ValueTemplate::parse("a")->constant().has_value());
  CHECK_FALSE(ValueTemplate::parse("ENV:HTTP_Host;")->constant().has_value());
}

TEST(ValueTemplate, nothing_is_empty) {
  STRCMP_EQUAL("", value("").c_str());
  CHECK_TRUE(ValueTemplate::parse("")->empty());
}

TEST(ValueTemplate, takes_fields_and_variables) {
  STRCMP_EQUAL("www.example.test:81", value("ENV:HTTP_Host;").c_str());
  STRCMP_EQUAL("www.example.test:81", value("ENV:HTTP_Host").c_str());
  STRCMP_EQUAL("1", value("ENV:HTTP_X_One;").c_str());
  STRCMP_EQUAL("1", value("HEADER:x-one;").c_str());
  STRCMP_EQUAL("www.example.test", value("ENV:SERVER_NAME;").c_str());
  STRCMP_EQUAL("", value("HEADER:X-Two;").c_str());
}

TEST(ValueTemplate, joins_its_parts) {
  STRCMP_EQUAL("a.www.example.test:81", value("CONST:a.;ENV:SERVER_NAME;CONST:\\:81;").c_str());
  STRCMP_EQUAL("a;b", value("CONST:a;;b;").c_str());
}

TEST(ValueTemplate, knows_what_authentication_and_the_session_say) {
  FakeRequest request;
  navajo::api::FakeSession session;
  session.values["tenant"] = "blue";
  request.set_session_source(&session);
  request.set_attribute("user.auth.UserId", "alice");
  STRCMP_EQUAL("alice.blue", std::string(ValueTemplate::parse("AUTH:user.auth.UserId;CONST:.;SESSION:tenant;")
                                             ->value(request)).c_str());
}

TEST(ValueTemplate, unknown_sources_and_missing_names_are_faults) {
  STRCMP_CONTAINS("FOO", value("CONST:a;FOO:x;").c_str());
  STRCMP_CONTAINS("fault: ", value("HEADER:;").c_str());
}
