#include "navajo/filters/header_delegation/header_delegation_filter.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters;

namespace {

std::string g_log;
void keep_log(observe::LogId, std::string_view text) { g_log += text; }
bool log_everything(observe::Level) { return true; }

std::string all(const http::Headers& fields) {
  std::string out;
  fields.for_each([&](std::string_view name, std::string_view value) {
    out += std::string(name) + "=" + std::string(value) + " ";
    return true;
  });
  return out;
}

}  // namespace

TEST_GROUP(HeaderDelegationFilter) {
  config::Diagnostics diagnostics;
  api::FakeRequest request{"GET", "/app/x"};
  api::FakeResponse response;
  api::FakeChain chain;
  std::string sent;  // the request's fields as the servlet saw them

  void setup() override {
    observe::set_log_sink(keep_log, log_everything);
    chain.rest = [this](api::Request& seen, api::Response& answer) {
      sent = all(seen.headers());
      answer.headers().set("X-Backend", "b1");
      (void)answer.write(std::string_view("ok"));
      return api::Outcome::answered();
    };
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  std::unique_ptr<api::Filter> make(const char* to_backend, const char* to_frontend = "") {
    const container::FilterRow& row = header_delegation_rows()[0];
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, row.params,
                                {{"DelegateToBackend", {to_backend, {"web.xml", 10, 20}}},
                                 {"DelegateToFrontend", {to_frontend, {"web.xml", 30, 20}}}},
                                diagnostics);
    return row.make({.name = "f"}, params);
  }
  void delegate(const char* to_backend, const char* to_frontend = "") {
    const auto filter = make(to_backend, to_frontend);
    CHECK_TRUE(diagnostics.ok());
    CHECK_TRUE(filter->filter(request, response, chain).is_answered());
  }
  std::string first_fault() { return diagnostics.ok() ? "" : diagnostics.faults()[0].line(); }
};

TEST(HeaderDelegationFilter, sets_request_fields_from_every_source) {
  request.with("Host", "www.example.test").with("X-In", "7");
  delegate("\n  X-Const:CONST:a;;b\n  X-Copy : HEADER:X-In;CONST:/;ENV:REMOTE_ADDR\n");
  STRCMP_EQUAL("Host=www.example.test X-In=7 X-Const=a;b X-Copy=7/192.0.2.7 ", sent.c_str());
}

TEST(HeaderDelegationFilter, a_client_cannot_send_a_field_that_the_filter_sets) {
  for (const char* spelling : {"X-User-Id", "x-user-id", "X_User_Id", "X-USER_ID", "X.User.Id"}) {
    api::FakeRequest attack("GET", "/");
    attack.with("Accept", "*/*").with(spelling, "root").with(spelling, "admin");
    const auto filter = make("X-User-Id:CONST:anna");
    CHECK_TRUE(filter->filter(attack, response, chain).is_answered());
    STRCMP_EQUAL_TEXT("Accept=*/* X-User-Id=anna ", sent.c_str(), spelling);
  }
}

TEST(HeaderDelegationFilter, an_empty_value_deletes_the_field) {
  request.with("X-Secret", "1").with("x_secret", "2").with("X-Gone", "3").with("X-Kept", "4");
  delegate("X-Secret:\nX-Gone:HEADER:X-Nothing");
  STRCMP_EQUAL("X-Kept=4 ", sent.c_str());
}

TEST(HeaderDelegationFilter, a_field_may_be_delegated_to_itself) {
  request.with("X-User", "anna").with("X_User", "root");
  delegate("X-User:HEADER:X-User;CONST:!");
  STRCMP_EQUAL("X-User=anna! ", sent.c_str());
}

TEST(HeaderDelegationFilter, values_are_those_from_before_any_change) {
  request.with("A", "1").with("B", "2");
  delegate("A:HEADER:B\nB:HEADER:A");
  STRCMP_EQUAL("A=2 B=1 ", sent.c_str());
}

TEST(HeaderDelegationFilter, sets_response_fields_just_before_they_are_sent) {
  delegate("", "X-Node:ENV:bcx.servlet.response.Header.X-Backend;CONST:-east\nX-Backend:\nx-id:ENV:REQUEST_ID");
  STRCMP_EQUAL("X-Node=b1-east x-id=test-request ", all(response.fields).c_str());
}

TEST(HeaderDelegationFilter, sets_response_fields_of_a_refusal_too) {
  chain.rest = [](api::Request&, api::Response&) { return api::Outcome::refused(502, "backend_refused"); };
  const auto filter = make("", "Strict-Transport-Security:CONST:max-age=1");
  CHECK_FALSE(filter->filter(request, response, chain).is_answered());
  CHECK_FALSE(response.is_committed);
  STRCMP_EQUAL("Strict-Transport-Security=max-age=1 ", all(response.fields).c_str());
}

TEST(HeaderDelegationFilter, leaves_out_a_value_that_would_start_a_new_line) {
  request.with("X-Path", "spoofed").mapped("/app", "/x\r\nX-Admin: 1");
  delegate("X-Path:ENV:PATH_INFO");
  STRCMP_EQUAL("", sent.c_str());
  STRCMP_CONTAINS("NVJ1420 field X-Path of request test-request is left out", g_log.c_str());
}

TEST(HeaderDelegationFilter, points_at_the_faulty_line) {
  (void)make("\n   X-A:CONST:a\n   X-B:CONTS:b\n");
  STRCMP_EQUAL("web.xml:12:4: NVJ1312 filter 'f': DelegateToBackend: 'CONTS' is not one of CONST, HEADER, ENV, "
               "did you mean 'CONST'?",
               first_fault().c_str());
}

TEST(HeaderDelegationFilter, refuses_fields_that_are_not_its_to_set) {
  for (const char* line : {"Content-Length:CONST:1", "transfer_encoding:CONST:chunked", "Connection:CONST:close",
                           "Host:CONST:evil", "X Y:CONST:1", ":CONST:1", "nothing"}) {
    diagnostics = {};
    (void)make(line);
    CHECK_FALSE_TEXT(diagnostics.ok(), line);
  }
}

TEST(HeaderDelegationFilter, says_that_conditions_are_not_supported) {
  for (const char* line : {"Condition:HEADER:User-Agent:x", "!Condition:ENV:A:b", "Pragma: block-begin"}) {
    diagnostics = {};
    (void)make(line);
    STRCMP_CONTAINS("conditions and pragmas are not supported by this version", first_fault().c_str());
  }
}
