#include "navajo/container/value_source.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using container::Stage;
using container::ValueExpression;

TEST_GROUP(ValueExpression) {
  api::FakeRequest request{"POST", "/app/a%20b?x=1&y=2"};
  http::HeaderList response_fields;

  void setup() override {
    request.with("X-User", "anna").with("Connection", "close").mapped("/app", "/a b");
    request.variables["SSL_PROTOCOL"] = "TLSv1.3";
    response_fields.set("X-Time", "12");
  }
  std::string value(const char* text, Stage stage = Stage::response) {
    const auto parsed = ValueExpression::parse(text, stage);
    if (!parsed.ok()) FAIL(parsed.error().text.c_str());
    std::pmr::string out(&request.memory());
    parsed->append_to(out, request, &response_fields);
    return std::string(out);
  }
  std::string error(const char* text, Stage stage = Stage::request) {
    const auto parsed = ValueExpression::parse(text, stage);
    return parsed.ok() ? "" : parsed.error().text;
  }
};

TEST(ValueExpression, joins_its_parts) {
  STRCMP_EQUAL("test_close", value("CONST:test_;HEADER:Connection").c_str());
  STRCMP_EQUAL("anna", value("HEADER:x-user;").c_str());
  STRCMP_EQUAL("", value("").c_str());
  STRCMP_EQUAL("", value("CONST:").c_str());
}

TEST(ValueExpression, understands_escapes) {
  STRCMP_EQUAL("a;b", value("CONST:a;;b").c_str());
  STRCMP_EQUAL("http://x:80", value("CONST:http\\://x\\:80").c_str());
  STRCMP_EQUAL("a\\b", value("CONST:a\\b").c_str());
  STRCMP_EQUAL(" a ", value("CONST: a ").c_str());
}

TEST(ValueExpression, knows_the_environment) {
  STRCMP_EQUAL("192.0.2.7", value("ENV:REMOTE_ADDR").c_str());
  STRCMP_EQUAL("POST", value("ENV:REQUEST_METHOD").c_str());
  STRCMP_EQUAL("/app/a%20b", value("ENV:REQUEST_URI").c_str());
  STRCMP_EQUAL("http://www.example.test/app/a%20b", value("ENV:REQUEST_URL").c_str());
  STRCMP_EQUAL("/a b", value("ENV:PATH_INFO").c_str());
  STRCMP_EQUAL("x=1&y=2", value("ENV:QUERY_STRING").c_str());
  STRCMP_EQUAL("www.example.test:80 HTTP/1.1", value("ENV:SERVER_NAME;CONST:\\:;ENV:SERVER_PORT;CONST: ;"
                                                     "ENV:SERVER_PROTOCOL").c_str());
  STRCMP_EQUAL("test-request", value("ENV:REQUEST_ID").c_str());
  STRCMP_EQUAL("anna", value("ENV:HTTP_X_User").c_str());
  STRCMP_EQUAL("TLSv1.3", value("ENV:SSL_PROTOCOL").c_str());
  STRCMP_EQUAL("12", value("ENV:bcx.servlet.response.Header.X-Time").c_str());
  STRCMP_EQUAL("12", value("ENV:bcx.servlet.response.X-Time").c_str());
}

TEST(ValueExpression, what_is_not_there_adds_nothing) {
  STRCMP_EQUAL("<>", value("CONST:<;HEADER:X-None;ENV:HTTP_NONE;ENV:NONE;CONST:>").c_str());
}

TEST(ValueExpression, says_what_is_wrong) {
  STRCMP_EQUAL("'HEADERS' is not one of CONST, HEADER, ENV, did you mean 'HEADER'?", error("HEADERS:x").c_str());
  STRCMP_EQUAL("'x' is not SOURCE:name", error("x").c_str());
  STRCMP_EQUAL("a colon inside a value is written \\:", error("CONST:http://x").c_str());
  STRCMP_EQUAL("'a b' is not a header name", error("HEADER:a b").c_str());
  STRCMP_EQUAL("'' is not a header name", error("HEADER:").c_str());
  STRCMP_EQUAL("ENV needs a name", error("ENV:").c_str());
  STRCMP_EQUAL("the source SESSION is not available in this version", error("SESSION:x").c_str());
  STRCMP_EQUAL("'bcx.servlet.response.X' is not known before the answer", error("ENV:bcx.servlet.response.X").c_str());
}
