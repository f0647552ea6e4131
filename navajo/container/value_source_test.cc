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

TEST(ValueExpression, knows_authentication_session_and_response) {
  api::FakeSession session;
  session.exists = false;
  session.values["user.auth.UserId"] = "anna";
  request.set_session_source(&session);
  STRCMP_EQUAL("", value("SESSION:user.auth.UserId;ENV:bcx.servlet.session.HttpSessionId.get").c_str());
  CHECK_FALSE(session.exists);  // asking makes none
  STRCMP_EQUAL("fake", value("ENV:bcx.servlet.session.HttpSessionId.getOrCreate").c_str());
  CHECK_TRUE(session.exists);
  STRCMP_EQUAL("fake", value("ENV:bcx.servlet.session.HttpSessionId").c_str());
  STRCMP_EQUAL("fake", value("ENV:bcx.servlet.session.HttpSessionId.getOnly").c_str());
  STRCMP_EQUAL("anna anna", value("SESSION:user.auth.UserId;CONST: ;AUTH:user.auth.UserId").c_str());
  request.set_attribute("user.auth.UserId", "bert");
  STRCMP_EQUAL("bert", value("AUTH:user.auth.UserId").c_str());
  STRCMP_EQUAL("12", value("RESP:X-Time").c_str());
}

TEST(ValueExpression, knows_the_connection) {
  request.variables["SSL_CIPHER"] = "TLS_AES_256_GCM_SHA384";
  request.variables["SSL_SESSION_ID"] = "abc";
  request.variables["bcx.servlet.connection.KeepAlives"] = "3";
  request.set_attribute("bcx.servlet.session.SessionCookie", "s");
  for (const std::string where : {"connection", "session"}) {
    const std::string prefix = "ENV:bcx.servlet." + where + ".";
    STRCMP_EQUAL("TLS_AES_256_GCM_SHA384", value((prefix + "SSLCiphersUsed").c_str()).c_str());
    STRCMP_EQUAL("abc", value((prefix + "SSLSessionId").c_str()).c_str());
    STRCMP_EQUAL("s", value((prefix + "SessionCookie").c_str()).c_str());
    STRCMP_EQUAL("3", value((prefix + "KeepAlives").c_str()).c_str());
  }
}

TEST(ValueExpression, what_is_not_there_adds_nothing) {
  STRCMP_EQUAL("<>", value("CONST:<;HEADER:X-None;ENV:HTTP_NONE;ENV:NONE;CONST:>").c_str());
}

TEST(ValueExpression, says_what_is_wrong) {
  STRCMP_EQUAL("'HEADERS' is not one of CONST, HEADER, ENV, PARAM, AUTH, SESSION, RESP, did you mean 'HEADER'?",
               error("HEADERS:x").c_str());
  STRCMP_EQUAL("'x' is not SOURCE:name", error("x").c_str());
  STRCMP_EQUAL("a colon inside a value is written \\:", error("CONST:http://x").c_str());
  STRCMP_EQUAL("'a b' is not a header name", error("HEADER:a b").c_str());
  STRCMP_EQUAL("'' is not a header name", error("HEADER:").c_str());
  STRCMP_EQUAL("ENV needs a name", error("ENV:").c_str());
  STRCMP_EQUAL("SESSION needs a name", error("SESSION:").c_str());
  STRCMP_EQUAL("the response field 'X' is not known before the answer", error("ENV:bcx.servlet.response.X").c_str());
  STRCMP_EQUAL("the response field 'X' is not known before the answer", error("RESP:X").c_str());
  STRCMP_EQUAL("there is no variable 'bcx.servlet.session.HttpSessionID', did you mean "
               "'bcx.servlet.session.HttpSessionId'?", error("ENV:bcx.servlet.session.HttpSessionID").c_str());
}
