#include "navajo/filters/delegation/delegation_filter.h"

#include <string>

#include "navajo/api/authentication.h"
#include "navajo/api/fakes.h"
#include "navajo/observe/log.h"

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

std::string read_all(api::BodyReader& body) {
  std::string out;
  char piece[7];
  while (true) {
    const api::BodyRead got = body.read(piece);
    if (got.status != api::BodyStatus::data) return out;
    out.append(piece, got.bytes);
  }
}

}  // namespace

TEST_GROUP(DelegationFilter) {
  using Values = std::map<std::string, config::ParamValue, std::less<>>;
  config::Diagnostics diagnostics;
  api::FakeRequest request{"GET", "/app/x?a=1&b=2"};
  api::FakeSession session;
  api::FakeResponse response;
  api::FakeChain chain;
  std::string sent, target, query, body;  // as the servlet saw them

  void setup() override {
    observe::set_log_sink(keep_log, log_everything);
    chain.rest = [this](api::Request& seen, api::Response&) {
      sent = all(seen.headers());
      target = seen.target();
      query = seen.query();
      body = read_all(seen.body());
      STRCMP_EQUAL("/app/x", std::string(seen.path()).c_str());
      return api::Outcome::answered();
    };
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  std::unique_ptr<api::Filter> make(Values values) {
    const container::FilterRow& row = delegation_rows()[0];
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, row.params, std::move(values), diagnostics);
    return row.make({.name = "f"}, params);
  }
  std::unique_ptr<api::Filter> make(const char* param, const char* rules) {
    return make({{param, {rules, {"web.xml", 10, 20}}}});
  }
  void run(api::Filter & filter) { CHECK_TRUE(filter.filter(request, response, chain).is_answered()); }
  void delegate(const char* param, const char* rules) {
    const auto filter = make(param, rules);
    CHECK_TRUE_TEXT(diagnostics.ok(), first_fault().c_str());
    run(*filter);
  }
  void log_in(const char* user) { request.set_attribute(api::kUserAttribute, user); }
  void post(const char* form) {
    request.the_method = "POST";
    request.with("Content-Type", "application/x-www-form-urlencoded; charset=utf-8").with_body(form);
    request.with("Content-Length", std::to_string(strlen(form)));
    request.set_attribute(api::Request::kBodyAttribute, form);
  }
  std::string first_fault() { return diagnostics.ok() ? "" : diagnostics.faults()[0].line(); }
};

TEST(DelegationFilter, header_fields_from_every_source) {
  request.with("X-In", "7").set_session_source(&session);
  session.values["user.auth.SecurityRoles"] = "staff,boss";
  session.values["lang"] = "de";
  log_in("anna");
  delegate("DelegateHeader",
           "AUTH:user.auth.UserId:X-User\n AUTH : user.auth.SecurityRoles : X-Roles \nSESSION:lang:X-Lang\n"
           "CONST:a\\:b:X-Const\nHEADER:X-In:X-Out\nENV:REMOTE_ADDR:X-Client");
  STRCMP_EQUAL("X-In=7 X-User=anna X-Roles=staff,boss X-Lang=de X-Const=a:b X-Out=7 X-Client=192.0.2.7 ", sent.c_str());
  STRCMP_EQUAL("/app/x?a=1&b=2", target.c_str());
}

TEST(DelegationFilter, AUTH_is_the_requests_own_before_the_sessions) {
  request.set_session_source(&session);
  session.values["user.auth.UserId"] = "old";
  log_in("new");
  delegate("DelegateHeader", "AUTH:user.auth.UserId:X-User");
  STRCMP_EQUAL("X-User=new ", sent.c_str());
}

TEST(DelegationFilter, a_client_cannot_say_who_it_is) {
  for (const char* spelling : {"X-User", "x-user", "X_User", "X.USER"}) {
    api::FakeRequest attack("GET", "/app/x");
    attack.with(spelling, "root").with("Accept", "*/*").with(spelling, "admin");
    const auto filter = make("DelegateHeader", "AUTH:user.auth.UserId:X-User");
    (void)filter->filter(attack, response, chain);
    STRCMP_EQUAL_TEXT("Accept=*/* ", sent.c_str(), spelling);
    attack.set_attribute(api::kUserAttribute, "anna");
    attack.with(spelling, "root");
    (void)filter->filter(attack, response, chain);
    STRCMP_EQUAL_TEXT("Accept=*/* X-User=anna ", sent.c_str(), spelling);
  }
}

TEST(DelegationFilter, the_clients_field_goes_where_the_rules_condition_does_not_hold_as_well) {
  request.with("X-User", "root").with("X_Role", "boss");
  delegate("DelegateHeader",
           "Condition:HEADER:X-Internal:yes\nPragma:block-begin\nAUTH:user.auth.UserId:X-User\nCONST:r:X-Role\n"
           "Pragma:block-end\n!Condition:HEADER:X-Internal:yes\nCONST:1:X-Outside");
  STRCMP_EQUAL("X-Outside=1 ", sent.c_str());
}

TEST(DelegationFilter, values_are_written_as_the_rule_says) {
  log_in("M\xc3\xbcller");
  delegate("DelegateHeader",
           "AUTH:user.auth.UserId:X-Plain\nAUTH:user.auth.UserId:X-B64:base64\nAUTH:user.auth.UserId:X-Url:url\n"
           "AUTH:user.auth.UserId:X-Latin:utf8->latin1");
  STRCMP_EQUAL("X-Plain=M\xc3\xbcller X-B64=TcO8bGxlcg== X-Url=M%C3%BCller X-Latin=M\xfcller ", sent.c_str());
}

TEST(DelegationFilter, a_value_with_a_control_character_is_left_out_and_so_is_the_clients) {
  request.with("X-User", "root");
  log_in("anna\r\nX-Admin: 1");
  const auto filter = make("DelegateHeader", "AUTH:user.auth.UserId:X-User\nAUTH:user.auth.UserId:X-B64:base64");
  run(*filter);
  STRCMP_EQUAL("X-B64=YW5uYQ0KWC1BZG1pbjogMQ== ", sent.c_str());
  STRCMP_CONTAINS("NVJ1742 X-User of request test-request is left out", g_log.c_str());
  CHECK_TRUE(g_log.find("anna") == std::string::npos);
  api::FakeStatusWriter writer;
  filter->report(writer);
  CHECK_TRUE(writer.has("values_left_out 1"));
  CHECK_TRUE(writer.has("rules 2"));
}

TEST(DelegationFilter, values_are_those_from_before_any_change) {
  request.with("A", "1").with("B", "2");
  delegate("DelegateHeader", "HEADER:B:A\nHEADER:A:B");
  STRCMP_EQUAL("A=2 B=1 ", sent.c_str());
}

TEST(DelegationFilter, parameters_go_behind_those_of_the_query) {
  log_in("anna & \xc3\xbc");
  delegate("DelegateParameter", "AUTH:user.auth.UserId:user id\nCONST:x/y:raw:none\nCONST:?>?:c:base64");
  STRCMP_EQUAL("a=1&b=2&user%20id=anna%20%26%20%C3%BC&raw=x/y&c=Pz4%2F", query.c_str());
  STRCMP_EQUAL(("/app/x?" + query).c_str(), target.c_str());
}

TEST(DelegationFilter, the_clients_parameters_of_that_name_are_dropped) {
  request.the_target = "/app/x?a=1&us%65r=root;USER=x&b=2";
  request.the_query = "a=1&us%65r=root;USER=x&b=2";
  delegate("DelegateParameter", "AUTH:user.auth.UserId:user");
  STRCMP_EQUAL("a=1&b=2", query.c_str());
  STRCMP_EQUAL("/app/x?a=1&b=2", target.c_str());
  log_in("anna");
  delegate("DelegateParameter", "AUTH:user.auth.UserId:user");
  STRCMP_EQUAL("/app/x?a=1&b=2&user=anna", target.c_str());
  request.the_target = "/app/x";
  request.the_query = "";
  delegate("DelegateParameter", "AUTH:user.auth.UserId:user");
  STRCMP_EQUAL("/app/x?user=anna", target.c_str());
}

TEST(DelegationFilter, a_query_with_nothing_left_has_no_question_mark) {
  request.the_target = "/app/x?user=root";
  request.the_query = "user=root";
  delegate("DelegateParameter", "AUTH:user.auth.UserId:user");
  STRCMP_EQUAL("/app/x", target.c_str());
  STRCMP_EQUAL("", query.c_str());
}

TEST(DelegationFilter, a_parameter_that_would_end_the_pair_is_left_out) {
  delegate("DelegateParameter", "CONST:x&y=1:p:none\nCONST:#:q:none\nCONST:a b:r:none");
  STRCMP_EQUAL("a=1&b=2", query.c_str());
  STRCMP_CONTAINS("NVJ1742 p of request", g_log.c_str());
}

TEST(DelegationFilter, cookies_stand_before_the_clients) {
  request.with("Cookie", "a=1; user=root; User=x").with("cookie", "b=2; novalue");
  log_in("anna");
  delegate("DelegateCookie", "AUTH:user.auth.UserId:user\nCONST:two words:w\nCONST:two words:e:url");
  STRCMP_EQUAL("Cookie=user=anna; e=two%20words; a=1; b=2 ", sent.c_str());
  STRCMP_CONTAINS("NVJ1742 w of request", g_log.c_str());
}

TEST(DelegationFilter, a_delegated_cookie_without_a_value_is_none) {
  request.with("Cookie", "user=root");
  delegate("DelegateCookie", "AUTH:user.auth.UserId:user");
  STRCMP_EQUAL("", sent.c_str());
}

TEST(DelegationFilter, Basic_Authorization_of_user_and_password) {
  request.with("Authorization", "Bearer x").set_session_source(&session);
  session.values["password"] = "se:cret";
  delegate("DelegateBasicAuth", "AUTH:user.auth.UserId:User\nSESSION:password:Password");
  STRCMP_EQUAL("", sent.c_str());
  log_in("anna");
  delegate("DelegateBasicAuth", "AUTH:user.auth.UserId:User\nSESSION:password:Password");
  STRCMP_EQUAL("Authorization=Basic YW5uYTpzZTpjcmV0 ", sent.c_str());
  log_in("an:na");
  delegate("DelegateBasicAuth", "AUTH:user.auth.UserId:User\nSESSION:password:Password");
  STRCMP_EQUAL("", sent.c_str());
}

TEST(DelegationFilter, fields_go_behind_those_of_a_form) {
  post("a=1&user=root&c=3");
  log_in("anna");
  delegate("DelegatePost", "AUTH:user.auth.UserId:user");
  STRCMP_EQUAL("a=1&c=3&user=anna", body.c_str());
  STRCMP_CONTAINS("Content-Length=17 ", sent.c_str());
  STRCMP_EQUAL("/app/x?a=1&b=2", target.c_str());
}

TEST(DelegationFilter, the_new_body_is_what_elements_behind_see) {
  post("a=1");
  http::Parameters of_before(request.arena);
  request.the_parameters = &of_before;
  chain.rest = [&](api::Request& seen, api::Response&) {
    STRCMP_EQUAL("a=1&b=2", std::string(*seen.attribute(api::Request::kBodyAttribute)).c_str());
    LONGS_EQUAL(7, *seen.body().declared_length());
    CHECK_FALSE(seen.parameters());
    STRCMP_EQUAL("a=1&b=2", read_all(seen.body()).c_str());
    CHECK_TRUE(seen.body().rewind());
    STRCMP_EQUAL("a=1&b=2", read_all(seen.body()).c_str());
    return api::Outcome::answered();
  };
  delegate("DelegatePost", "CONST:2:b");
}

TEST(DelegationFilter, a_name_of_a_form_or_query_is_dropped_from_both) {
  request.the_target = "/app/x?user=root&p=1";
  request.the_query = "user=root&p=1";
  post("user=root&p=1");
  delegate("DelegatePost", "AUTH:user.auth.UserId:user");
  STRCMP_EQUAL("p=1", query.c_str());
  STRCMP_EQUAL("p=1", body.c_str());
  delegate("DelegateParameter", "AUTH:user.auth.UserId:user");
  STRCMP_EQUAL("p=1", query.c_str());
  STRCMP_EQUAL("p=1", body.c_str());
}

TEST(DelegationFilter, other_bodies_stay_as_they_are) {
  request.with("Content-Type", "text/plain").with_body("user=root");
  delegate("DelegatePost", "CONST:1:user");
  STRCMP_EQUAL("user=root", body.c_str());
}

TEST(DelegationFilter, a_form_that_nobody_has_buffered_is_refused) {
  request.with("Content-Type", "application/x-www-form-urlencoded").with_body("user=root");
  const auto filter = make("DelegatePost", "CONST:1:user");
  const api::Outcome outcome = filter->filter(request, response, chain);
  LONGS_EQUAL(500, outcome.status);
  STRCMP_EQUAL("form_not_buffered", outcome.cause);
}

TEST(DelegationFilter, asks_for_parameters_only_where_it_changes_some) {
  for (const char* param : {"DelegateParameter", "DelegatePost"}) {
    container::ParameterWatch watch;
    (void)make(param, "CONST:1:a");
    CHECK_TRUE_TEXT(watch.seen(), param);
  }
  container::ParameterWatch watch;
  (void)make("DelegateHeader", "CONST:1:a");
  CHECK_FALSE(watch.seen());
}

TEST(DelegationFilter, names_faults_at_their_lines) {
  (void)make("DelegateHeader", "\nCONST:a:X-A\nCONTS:b:X-B");
  STRCMP_CONTAINS("web.xml:12:1: NVJ1312 filter 'f': DelegateHeader: 'CONTS' is not one of", first_fault().c_str());
  struct Case {
    const char *param, *line;
  };
  for (const Case one :
       {Case{"DelegateHeader", "CONST:a"}, Case{"DelegateHeader", "CONST:a:b:none:x"},
        Case{"DelegateHeader", "CONST:a:b:base65"}, Case{"DelegateHeader", "CONST:a:Content-Length"},
        Case{"DelegateHeader", "CONST:a:Host"}, Case{"DelegateHeader", "CONST:a:X Y"},
        Case{"DelegateHeader", "RESP:a:X"}, Case{"DelegateParameter", "CONST:a:"},
        Case{"DelegateCookie", "CONST:a:b c"}, Case{"DelegateBasicAuth", "CONST:a:Realm"},
        Case{"DelegateBasicAuth", "CONST:a:User"}, Case{"DelegateSOAPSubstitutedSecurityHeader", "AUTH:x"}}) {
    diagnostics = {};
    (void)make(one.param, one.line);
    CHECK_FALSE_TEXT(diagnostics.ok(), one.line);
  }
}
