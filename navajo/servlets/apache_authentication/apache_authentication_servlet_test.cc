#include "navajo/servlets/apache_authentication/apache_authentication_servlet.h"

#include <memory>
#include <string>
#include <vector>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using Kind = api::AuthenticationStep::Kind;

TEST_GROUP(ApacheAuthentication) {
  config::Diagnostics faults;
  std::unique_ptr<api::Servlet> servlet;
  api::FakeRequest request;

  void make(const std::map<std::string, std::string>& given) {
    std::map<std::string, config::ParamValue, std::less<>> values;
    for (const auto& [name, text] : given) values[name] = {text, {"web.xml", 5, 9}};
    const container::ServletRow& row = servlets::apache_authentication_rows()[0];
    const config::Params params("servlet 'Httpd'", {"web.xml", 4, 1}, row.params, std::move(values), faults);
    servlet = row.make(container::ComponentContext{}, params);
  }
  api::AuthenticationStep ask() {
    return dynamic_cast<api::Authenticator&>(*servlet).authenticate(request, {}, {});
  }
  std::string fault(const std::map<std::string, std::string>& given) {
    make(given);
    CHECK(servlet == nullptr);
    const std::string text = faults.ok() ? "" : faults.faults().back().line();
    faults = {};
    return text;
  }
};

TEST(ApacheAuthentication, the_user_of_httpd_is_the_user) {
  make({});
  request.variables["REMOTE_USER"] = "anna";
  const auto step = ask();
  CHECK(step.kind == Kind::done);
  STRCMP_EQUAL("anna", step.identity.user.c_str());
  CHECK(step.identity.roles.empty());
}

TEST(ApacheAuthentication, nobody_is_let_in_without_one) {
  make({});
  request.with("Remote-User", "anna").with("Authorization", "Basic YW5uYTp4");
  const auto step = ask();
  CHECK(step.kind == Kind::failed);
  STRCMP_EQUAL("login.required", step.message.c_str());
  CHECK(step.fields.empty());
  request.variables["REMOTE_USER"] = " ";
  CHECK(ask().kind == Kind::failed);
}

TEST(ApacheAuthentication, roles_and_attributes_come_from_variables) {
  make({{"Roles", "ENV:OIDC_CLAIM_groups"}, {"Roles.Separator", ";"}, {"Roles.Default", "user, clerk"},
        {"Attributes", "mail:ENV:OIDC_CLAIM_email\nphone:ENV:NONE\nfrom:CONST:oidc"}});
  request.variables["REMOTE_USER"] = "anna";
  request.variables["OIDC_CLAIM_groups"] = "clerk; admin ;";
  request.variables["OIDC_CLAIM_email"] = "a@b.example";
  const auto step = ask();
  CHECK(step.identity.roles == (std::vector<std::string>{"clerk", "admin", "user"}));
  CHECK_EQUAL(2u, step.identity.attributes.size());
  STRCMP_EQUAL("a@b.example", step.identity.attributes[0].second.c_str());
  STRCMP_EQUAL("oidc", step.identity.attributes[1].second.c_str());
}

TEST(ApacheAuthentication, a_role_that_would_be_read_as_two_lets_nobody_in) {
  make({{"Roles", "ENV:GROUPS"}, {"Roles.Separator", "|"}});
  request.variables["REMOTE_USER"] = "anna";
  request.variables["GROUPS"] = "guest,admin";
  CHECK(ask().kind == Kind::unavailable);
}

TEST(ApacheAuthentication, a_pattern_takes_the_user_out_of_a_verified_certificate) {
  make({{"User", "ENV:SSL_CLIENT_S_DN"}, {"User.Pattern", "(?:^|,)CN=([^,]+)"}});
  request.variables["SSL_CLIENT_S_DN"] = "CN=anna,O=Example";
  CHECK(ask().kind == Kind::failed);  // nobody has verified it
  request.variables["SSL_CLIENT_VERIFY"] = "GENEROUS";
  CHECK(ask().kind == Kind::failed);
  request.variables["SSL_CLIENT_VERIFY"] = "SUCCESS";
  STRCMP_EQUAL("anna", ask().identity.user.c_str());
  request.variables["SSL_CLIENT_S_DN"] = "O=Example";
  CHECK(ask().kind == Kind::failed);
}

TEST(ApacheAuthentication, every_part_of_the_user_has_to_be_there) {
  make({{"User", "CONST:card-;ENV:CARD"}});
  CHECK(ask().kind == Kind::failed);
  request.variables["CARD"] = "7";
  STRCMP_EQUAL("card-7", ask().identity.user.c_str());
}

TEST(ApacheAuthentication, a_name_that_could_break_a_line_is_no_name) {
  make({});
  request.variables["REMOTE_USER"] = "anna\r\nX-Role: admin";
  CHECK(ask().kind == Kind::unavailable);
  request.variables["REMOTE_USER"] = std::string(1025, 'a');
  CHECK(ask().kind == Kind::unavailable);
}

TEST(ApacheAuthentication, what_the_client_writes_is_a_fault) {
  for (const char* source : {"HEADER:X-User", "PARAM:user", "ENV:HTTP_X_USER", "ENV:QUERY_STRING", "ENV:REQUEST_URI",
                             "ENV:SERVER_NAME", "ENV:PATH_INFO", "ENV:REMOTE_USER;HEADER:X-User"}) {
    STRCMP_CONTAINS("does not say who it is", fault({{"User", source}}).c_str());
    STRCMP_CONTAINS("does not say who it is", fault({{"Roles", source}}).c_str());
    STRCMP_CONTAINS("does not say who it is", fault({{"Attributes", std::string("a:") + source}}).c_str());
  }
}

TEST(ApacheAuthentication, faults_name_what_is_wrong) {
  STRCMP_CONTAINS("web.xml:5:9", fault({{"User", "CONST:anna"}}).c_str());
  STRCMP_CONTAINS("the same of everybody", fault({{"User", "CONST:anna"}}).c_str());
  STRCMP_CONTAINS("exactly one group", fault({{"User.Pattern", "CN=.*"}}).c_str());
  STRCMP_CONTAINS("Roles.Separator", fault({{"Roles.Separator", "ab"}}).c_str());
  STRCMP_CONTAINS("is not name:SOURCE:name", fault({{"Attributes", "mail"}}).c_str());
  STRCMP_CONTAINS("is set by whoever asks", fault({{"Attributes", "user.auth.UserId:ENV:X"}}).c_str());
}

TEST(ApacheAuthentication, is_not_for_clients) {
  make({});
  api::FakeResponse response;
  CHECK_EQUAL(404, servlet->service(request, response).status);
}
