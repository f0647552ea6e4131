#include "navajo/filters/security_role/security_role_filter.h"

#include <string>

#include "navajo/identity/login_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using identity::ScriptedAuthenticator;

// Made before the first test: it stays, which a test would call a leak.
static const container::FilterRow& g_row = filters::security_role_rows()[0];

TEST_GROUP(SecurityRoleFilter) {
  identity::LoginComponents components;
  api::FakeSession session;
  api::FakeChain chain;
  config::Diagnostics diagnostics;
  std::unique_ptr<api::Filter> filter;
  std::string user = "anna", roles;
  bool reached = false;

  void setup() override {
    components.authenticator.steps = {ScriptedAuthenticator::ask()};
    chain.rest = [this](api::Request&, api::Response&) {
      reached = true;
      return api::Outcome::answered();
    };
  }
  void make_of(std::map<std::string, config::ParamValue, std::less<>> values) {
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, g_row.params, std::move(values), diagnostics);
    filter = g_row.make({.name = "f"}, params);
    if (diagnostics.ok()) filter->link(components);
  }
  void make(const char* required, const char* forbidden = "", bool step_up = false) {
    std::map<std::string, config::ParamValue, std::less<>> values;
    if (*required) values["RolesRequired"] = {required, {"web.xml", 10, 20}};
    if (*forbidden) values["RolesForbidden"] = {forbidden, {"web.xml", 20, 20}};
    if (step_up) {
      values["AuthenticationServlet"] = {"Users", {"web.xml", 30, 20}};
      values["LoginRendererServlet"] = {"Pages", {"web.xml", 31, 20}};
    }
    make_of(std::move(values));
    CHECK_TRUE_TEXT(diagnostics.ok(), diagnostics.ok() ? "" : diagnostics.faults()[0].line().c_str());
  }
  api::Outcome run(api::FakeRequest& request, api::FakeResponse& response) {
    reached = false;
    request.sessions = &session;
    if (!user.empty()) request.set_attribute("user.auth.UserId", user);
    request.set_attribute("user.auth.SecurityRoles", roles);
    return filter->filter(request, response, chain);
  }
  int status_for(const char* of_user) {
    roles = of_user;
    api::FakeRequest request("GET", "/app");
    api::FakeResponse response;
    const int status = run(request, response).status;
    CHECK_TRUE(reached == (status == 0));
    return status;
  }
};

TEST(SecurityRoleFilter, lets_pass_who_has_one_role_of_every_line) {
  make("user admin\nteller,auditor");
  LONGS_EQUAL(0, status_for("user,teller"));
  LONGS_EQUAL(0, status_for("auditor,x,admin"));
  LONGS_EQUAL(403, status_for("user,admin"));
  LONGS_EQUAL(403, status_for("users,tellers"));
  LONGS_EQUAL(403, status_for(""));
}

TEST(SecurityRoleFilter, refuses_who_has_a_forbidden_role) {
  make("user", "guest\nlocked");
  LONGS_EQUAL(0, status_for("user"));
  LONGS_EQUAL(403, status_for("user,locked"));
  LONGS_EQUAL(403, status_for("guest,user"));
}

TEST(SecurityRoleFilter, refuses_who_is_not_known_whatever_roles_the_request_has) {
  make("", "guest");
  user.clear();
  LONGS_EQUAL(403, status_for("admin"));
}

TEST(SecurityRoleFilter, conditions_say_for_which_requests_a_role_is_needed) {
  make("user\nCondition:ENV:REQUEST_METHOD:^POST$\nwriter");
  LONGS_EQUAL(0, status_for("user"));
  api::FakeRequest post("POST", "/app");
  api::FakeResponse response;
  LONGS_EQUAL(403, run(post, response).status);
}

TEST(SecurityRoleFilter, a_condition_in_doubt_needs_the_role) {
  make("Condition:HEADER:X-Long:^(a+)+$\nadmin");
  api::FakeRequest request("GET", "/app");
  request.with("X-Long", std::string(60, 'a') + "!");
  api::FakeResponse response;
  LONGS_EQUAL(403, run(request, response).status);
}

TEST(SecurityRoleFilter, a_step_up_adds_the_role_and_leads_on) {
  make("payments", "", true);
  roles = "user";
  api::FakeRequest request("GET", "/app/pay");
  api::FakeResponse page, answer;
  CHECK_TRUE(run(request, page).is_answered());
  CHECK_TRUE(components.renderer.kind == api::LoginPage::Kind::step_up);
  STRCMP_EQUAL("anna", components.renderer.user.c_str());
  STRCMP_EQUAL("[payments]", components.authenticator.asked[0].c_str());
  components.authenticator.steps = {ScriptedAuthenticator::done("anna", {"payments"})};
  api::FakeRequest form("POST", components.renderer.action);
  form.with("Content-Type", "application/x-www-form-urlencoded").with_body("code=1");
  const identity::SessionIdentity kept("", "staff");
  CHECK_TRUE(kept.write(session, {"anna", {"user"}, {}}, base::system_clock().now()));
  CHECK_TRUE(run(form, answer).is_answered());
  LONGS_EQUAL(303, answer.the_status);
  STRCMP_EQUAL("/app/pay", std::string(*answer.fields.get("Location")).c_str());
  STRCMP_EQUAL("user,payments", session.values["user.auth.SecurityRoles"].c_str());
  CHECK_TRUE(session.renewals >= 1);
  CHECK_FALSE(reached);
}

TEST(SecurityRoleFilter, a_step_up_of_another_user_ends_the_session) {
  make("payments", "", true);
  roles = "user";
  components.authenticator.steps = {ScriptedAuthenticator::done("bert", {"payments"})};
  api::FakeRequest request("GET", "/app/pay");
  api::FakeResponse response;
  LONGS_EQUAL(403, run(request, response).status);
  CHECK_TRUE(session.invalidated);
  CHECK_FALSE(reached);
}

TEST(SecurityRoleFilter, a_step_up_without_the_role_is_refused) {
  make("payments", "", true);
  roles = "user";
  components.authenticator.steps = {ScriptedAuthenticator::done("anna", {"other"})};
  api::FakeRequest request("GET", "/app/pay");
  api::FakeResponse response;
  LONGS_EQUAL(403, run(request, response).status);
  CHECK_FALSE(reached);
}

TEST(SecurityRoleFilter, a_step_up_is_not_known_by_a_forbidden_role) {
  make("payments", "locked", true);
  roles = "user";
  components.authenticator.steps = {ScriptedAuthenticator::done("anna", {"payments", "locked"})};
  api::FakeRequest request("GET", "/app/pay");
  api::FakeResponse response;
  LONGS_EQUAL(403, run(request, response).status);
}

TEST(SecurityRoleFilter, faults_are_named) {
  make_of({});
  CHECK_FALSE(diagnostics.ok());
  diagnostics = {};
  make_of({{"RolesRequired", {"user", {"web.xml", 10, 20}}},
           {"AuthenticationServlet", {"Users", {"web.xml", 11, 20}}}});
  STRCMP_CONTAINS("needs both", diagnostics.faults()[0].line().c_str());
  diagnostics = {};
  make_of({{"RolesRequired", {",", {"web.xml", 10, 20}}}});
  STRCMP_CONTAINS("web.xml:10", diagnostics.faults()[0].line().c_str());
}
