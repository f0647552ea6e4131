#include "navajo/servlets/login_renderer/login_renderer_servlet.h"

#include <memory>
#include <string>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using api::LoginPage;
using std::chrono::seconds;

TEST_GROUP(LoginRenderer) {
  config::TemporaryFolder folder;
  config::Diagnostics faults;
  std::unique_ptr<api::Servlet> servlet;
  api::FakeRequest request;
  api::FakeResponse response;
  std::vector<api::LoginField> fields{{"userid", "login.user", false}, {"password", "login.password", true}};
  LoginPage page{LoginPage::Kind::login, "login.failed", fields, "/app/", seconds(0), {}};

  void setup() override { request.the_id = "request-1"; }
  void make(const std::string& provider, const std::string& languages = "en de fr it") {
    container::ComponentContext context;
    context.doc_base = folder.path();
    const container::ServletRow& row = servlets::login_renderer_rows()[0];
    std::map<std::string, config::ParamValue, std::less<>> values;
    if (!provider.empty()) values["RenderingProvider"] = {provider, {"web.xml", 5, 9}};
    values["Languages"] = {languages, {"web.xml", 6, 9}};
    const config::Params params("servlet 'Login'", {"web.xml", 4, 1}, row.params, std::move(values), faults);
    servlet = row.make(context, params);
  }
  void render() {
    auto* renderer = dynamic_cast<api::LoginRenderer*>(servlet.get());
    CHECK(renderer != nullptr);
    CHECK(renderer->render(request, response, page).is_answered());
  }
  std::string field(const char* name) { return std::string(response.fields.get(name).value_or("(none)")); }
  std::string fault(const std::string& provider, const std::string& languages = "en") {
    config::Diagnostics before;
    std::swap(before, faults);
    make(provider, languages);
    const std::string text = faults.ok() ? "" : faults.faults().front().line();
    CHECK(faults.ok() == (servlet != nullptr));
    std::swap(before, faults);
    return text;
  }
};

TEST(LoginRenderer, without_parameters_there_is_an_html_page_nobody_keeps) {
  make("");
  render();
  CHECK_EQUAL(200, response.the_status);
  STRCMP_EQUAL("text/html;charset=utf-8", response.content_type.c_str());
  STRCMP_CONTAINS("<form method=\"post\" action=\"/app/\"", response.body.c_str());
  CHECK_EQUAL(response.body.size(), *response.length);
  STRCMP_EQUAL("no-store", field("Cache-Control").c_str());
  STRCMP_EQUAL("nosniff", field("X-Content-Type-Options").c_str());
  STRCMP_EQUAL("DENY", field("X-Frame-Options").c_str());
  STRCMP_EQUAL("same-origin", field("Referrer-Policy").c_str());
  STRCMP_CONTAINS("default-src 'none'; style-src 'sha256-", field("Content-Security-Policy").c_str());
  STRCMP_EQUAL("(none)", field("Retry-After").c_str());
}

TEST(LoginRenderer, the_language_is_the_clients) {
  make("");
  request.with("Accept-Language", "es, it-CH;q=0.8, en;q=0.5");
  render();
  STRCMP_CONTAINS("<html lang=\"it\">", response.body.c_str());
  STRCMP_EQUAL("it", field("Content-Language").c_str());
}

TEST(LoginRenderer, status_and_time_to_wait_are_those_it_is_told) {
  make("localBuiltIn:html:403");
  page.retry_after = seconds(30);
  render();
  CHECK_EQUAL(403, response.the_status);
  STRCMP_EQUAL("30", field("Retry-After").c_str());
}

TEST(LoginRenderer, programs_get_json_and_a_status_that_says_no) {
  make("");
  request.with("Accept", "application/json");
  page.message = "login.\"failed";
  render();
  CHECK_EQUAL(401, response.the_status);
  STRCMP_EQUAL("application/json", response.content_type.c_str());
  STRCMP_EQUAL("Navajo-Login", field("WWW-Authenticate").c_str());
  STRCMP_EQUAL("{\"kind\":\"login\",\"message\":\"login.\\\"failed\",\"text\":\"login.\\\"failed\","
               "\"action\":\"/app/\",\"method\":\"POST\","
               "\"fields\":[{\"name\":\"userid\",\"label\":\"User name\",\"secret\":false},"
               "{\"name\":\"password\",\"label\":\"Password\",\"secret\":true}],\"requestId\":\"request-1\"}\n",
               response.body.c_str());
}

TEST(LoginRenderer, auto_tells_soap_clients_by_a_fault) {
  make("localBuiltIn:auto:500");
  request.with("SOAPAction", "\"x\"");
  render();
  CHECK_EQUAL(500, response.the_status);
  STRCMP_EQUAL("text/xml;charset=utf-8", response.content_type.c_str());
  STRCMP_CONTAINS("<faultcode>soap:Server</faultcode><faultstring>That did not work.", response.body.c_str());
  api::FakeRequest browser;
  api::FakeResponse html;
  CHECK(dynamic_cast<api::LoginRenderer*>(servlet.get())->render(browser, html, page).is_answered());
  STRCMP_EQUAL("text/html;charset=utf-8", html.content_type.c_str());
}

TEST(LoginRenderer, xml_has_the_fields_and_nothing_can_leave_its_place) {
  make("localBuiltIn:xml:200");
  page.user = "<\"\x01>";
  render();
  STRCMP_EQUAL("application/xml;charset=utf-8", response.content_type.c_str());
  STRCMP_CONTAINS(" user=\"&lt;&quot;&gt;\">", response.body.c_str());
  STRCMP_CONTAINS("<field name=\"password\" label=\"Password\" secret=\"true\"/>", response.body.c_str());
}

TEST(LoginRenderer, head_has_the_length_and_no_body) {
  make("");
  request.the_method = "HEAD";
  render();
  CHECK(*response.length > 1000);
  CHECK(response.body.empty());
}

TEST(LoginRenderer, templates_are_files_below_web_inf_with_a_policy_of_their_own) {
  folder.write("WEB-INF/login/login.html", "<p>${message}</p>");
  folder.write("WEB-INF/login/logout.html", "bye");
  make("localTemplate:login");
  render();
  STRCMP_EQUAL("<p>That did not work. Please check what you typed.</p>", response.body.c_str());
  STRCMP_CONTAINS("default-src 'self'", field("Content-Security-Policy").c_str());
}

TEST(LoginRenderer, changed_templates_are_read_again_and_bad_ones_change_nothing) {
  base::ManualClock clock;
  folder.write("login.html", "one");
  folder.write("logout.html", "bye");
  servlets::login_renderer::Settings settings;
  settings.folder = folder.path();
  settings.languages = {"en"};
  settings.reload_interval = seconds(1);
  servlets::LoginRendererServlet own(settings, clock, {}, faults);
  const auto body = [&] {
    clock.advance(seconds(1));
    api::FakeResponse fresh;
    (void)own.render(request, fresh, page);
    CHECK_FALSE(fresh.fields.get("Content-Security-Policy").has_value());  // its parameter is empty here
    return fresh.body;
  };
  STRCMP_EQUAL("one", body().c_str());
  folder.write("login.html", "one two");
  STRCMP_EQUAL("one two", body().c_str());
  folder.write("login.html", "${nonsense}");
  STRCMP_EQUAL("one two", body().c_str());
  api::FakeStatusWriter status;
  own.report(status);
  CHECK(status.has("file_reloads 1"));
  CHECK(status.has("file_reloads_refused 1"));
}

TEST(LoginRenderer, faults_name_what_is_wrong) {
  STRCMP_CONTAINS("web.xml:5:9", fault("localBuiltIn:pdf:200").c_str());
  STRCMP_CONTAINS("is not localBuiltIn", fault("localBuiltIn:html:302").c_str());
  STRCMP_CONTAINS("is not localBuiltIn", fault("localBuiltIn:html:x").c_str());
  STRCMP_CONTAINS("not there yet", fault("remote:Connector:/login").c_str());
  STRCMP_CONTAINS("begins with none", fault("somewhere").c_str());
  STRCMP_CONTAINS("names no folder", fault("localTemplate:").c_str());
  STRCMP_CONTAINS("leaves WEB-INF", fault("localTemplate:../../etc").c_str());
  STRCMP_CONTAINS("there is neither", fault("localTemplate:nothing").c_str());
  STRCMP_CONTAINS("is not built in", fault("localBuiltIn:html:200", "es").c_str());
  STRCMP_CONTAINS("is no language", fault("localBuiltIn:html:200", "../en").c_str());
  STRCMP_CONTAINS("twice", fault("localBuiltIn:html:200", "en en").c_str());
}

TEST(LoginRenderer, is_not_for_clients) {
  make("");
  CHECK_EQUAL(404, servlet->service(request, response).status);
}
