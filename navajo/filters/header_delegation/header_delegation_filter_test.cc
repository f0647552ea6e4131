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
               "PARAM, AUTH, SESSION, RESP, did you mean 'CONST'?",
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

TEST(HeaderDelegationFilter, sets_what_the_conditions_of_the_request_allow) {
  request.with("User-Agent", "Wget/1").with("X-Bot", "spoofed").with("X-Kept", "1");
  delegate("Condition:HEADER:User-Agent:^Curl\nX-Kept:CONST:2\n"
           "Condition:HEADER:User-Agent:^Wget\nPragma: block-begin\nX-Bot:CONST:yes\nX-More:CONST:1\n"
           "Pragma: block-end\n!Condition:REMOTE_ADDR:CIDR/10.0.0.0/8/\nX-Outside:CONST:1");
  STRCMP_EQUAL("User-Agent=Wget/1 X-Kept=1 X-Bot=yes X-More=1 X-Outside=1 ", sent.c_str());
}

TEST(HeaderDelegationFilter, conditions_are_judged_before_a_field_is_changed) {
  request.with("A", "1");
  delegate("A:\nCondition:HEADER:A:1\nB:CONST:2");
  STRCMP_EQUAL("B=2 ", sent.c_str());
}

TEST(HeaderDelegationFilter, break_ends_with_the_first_rule_taken) {
  delegate("Pragma:break\nCondition:ENV:NONE:1\nX-A:CONST:1\nX-A:CONST:2\nX-A:CONST:3");
  STRCMP_EQUAL("X-A=2 ", sent.c_str());
}

TEST(HeaderDelegationFilter, conditions_may_ask_for_the_response) {
  delegate("", "Condition:ENV:bcx.servlet.response.X-Backend:^b1$\nX-Found:RESP:X-Backend\n"
               "Condition:ENV:bcx.servlet.response.X-Backend:^b2$\nX-Other:CONST:1\n"
               "!Condition:RESP:Strict-Transport-Security:.\nStrict-Transport-Security:CONST:max-age=1");
  STRCMP_EQUAL("X-Backend=b1 X-Found=b1 Strict-Transport-Security=max-age=1 ", all(response.fields).c_str());
}

TEST(HeaderDelegationFilter, a_rule_in_doubt_leaves_the_field_as_it_is) {
  request.with("X-Long", std::string(60, 'a') + "!").with("X-A", "1");
  delegate("!Condition:HEADER:X-Long:^(a+)+$\nX-A:CONST:2");
  STRCMP_CONTAINS("X-A=1 ", sent.c_str());
  STRCMP_CONTAINS("NVJ1460", g_log.c_str());
}

TEST(HeaderDelegationFilter, names_a_fault_in_a_condition_at_its_line) {
  (void)make("X-A:CONST:1\nPragma: brake\nX-B:CONST:1");
  STRCMP_CONTAINS("web.xml:11:1: NVJ1312 filter 'f': DelegateToBackend: the pragma 'brake'", first_fault().c_str());
}
