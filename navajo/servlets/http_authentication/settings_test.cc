#include "navajo/servlets/http_authentication/settings.h"

#include <map>
#include <memory>
#include <string>

#include "navajo/config/web_xml.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using servlets::http_authentication::Settings;

TEST_GROUP(HttpAuthenticationSettings) {
  config::Diagnostics faults;

  std::unique_ptr<Settings> read(std::map<std::string, std::string> given) {
    given.emplace("Servlet", "Service");
    std::map<std::string, config::ParamValue, std::less<>> values;
    for (const auto& [name, text] : given) values[name] = {text, {"web.xml", 5, 9}};
    const config::Params params("servlet 'Ask'", {"web.xml", 4, 1},
                                servlets::http_authentication::parameter_table(), std::move(values), faults);
    container::ComponentContext context;
    context.name = "Ask";
    auto web = std::make_shared<config::WebXml>();
    web->servlets.resize(2);
    web->servlets[0].name.text = "Service";
    web->servlets[1].name.text = "Ask";
    context.web_xml = web;
    return servlets::http_authentication::read_settings(context, params);
  }
  std::string fault(const std::map<std::string, std::string>& given) {
    CHECK(read(given) == nullptr);
    std::string text;
    for (const config::Fault& fault : faults.faults()) text += fault.line() + "\n";
    faults = {};
    return text;
  }
};

TEST(HttpAuthenticationSettings, the_defaults_are_those_of_the_convention) {
  const auto settings = read({});
  CHECK(settings != nullptr);
  STRCMP_EQUAL("/", settings->uri.c_str());
  STRCMP_EQUAL("Remote-User", settings->user_field.c_str());
  STRCMP_EQUAL("Remote-Groups", settings->roles_field.c_str());
  CHECK(settings->forward_fields == (std::vector<std::string>{"Cookie", "Authorization"}));
  CHECK(settings->cache_time == base::Duration::zero());
}

TEST(HttpAuthenticationSettings, fields_have_a_name_a_label_and_may_be_secret) {
  const auto settings = read({{"SendAnswers", "true"},
                              {"Fields", "user : Your name\npass:login.password:secret"},
                              {"CopyFields", "Remote-Email: mail"}});
  CHECK(settings != nullptr);
  CHECK_EQUAL(2u, settings->fields.size());
  STRCMP_EQUAL("user", settings->fields[0].name.c_str());
  STRCMP_EQUAL("Your name", settings->fields[0].label.c_str());
  CHECK(settings->fields[1].secret && !settings->fields[0].secret);
  STRCMP_EQUAL("mail", settings->copy_fields[0].second.c_str());
}

TEST(HttpAuthenticationSettings, faults_name_what_is_wrong) {
  STRCMP_CONTAINS("no servlet of this web.xml, did you mean 'Service'?", fault({{"Servlet", "Servise"}}).c_str());
  STRCMP_CONTAINS("this servlet itself", fault({{"Servlet", "Ask"}}).c_str());
  for (const char* uri : {"auth", "*", "/a b", "/a%2fb", "/a/../b", "//a"})
    STRCMP_CONTAINS("no plain path", fault({{"URI", uri}}).c_str());
  for (const char* name : {"Host", "Content-Length", "Connection", "X-Forwarded-User", "x_forwarded_for", "Expect"})
    STRCMP_CONTAINS("cannot be passed on", fault({{"ForwardFields", name}}).c_str());
  STRCMP_CONTAINS("not a header name", fault({{"ForwardFields", "a:b"}}).c_str());
  STRCMP_CONTAINS("not a header name", fault({{"UserField", "a b"}}).c_str());
  STRCMP_CONTAINS("Roles.Separator", fault({{"Roles.Separator", "xy"}}).c_str());
  STRCMP_CONTAINS("is not Response-Field", fault({{"CopyFields", "Remote-Email"}}).c_str());
  STRCMP_CONTAINS("set by whoever asks", fault({{"CopyFields", "X:user.auth.SecurityRoles"}}).c_str());
  STRCMP_CONTAINS("is not name:label", fault({{"SendAnswers", "true"}, {"Fields", "user"}}).c_str());
  STRCMP_CONTAINS("twice", fault({{"SendAnswers", "true"}, {"Fields", "a:b\na:c"}}).c_str());
  STRCMP_CONTAINS("needs Fields", fault({{"SendAnswers", "true"}}).c_str());
  STRCMP_CONTAINS("without SendAnswers", fault({{"Fields", "a:b"}}).c_str());
}
