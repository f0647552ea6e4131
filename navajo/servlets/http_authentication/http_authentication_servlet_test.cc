#include "navajo/servlets/http_authentication/http_authentication_servlet.h"

#include <functional>
#include <memory>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using Kind = api::AuthenticationStep::Kind;
using servlets::http_authentication::Settings;
using std::chrono::seconds;

namespace {

std::string g_log;

void keep(observe::LogId, std::string_view text) { g_log += std::string(text) + "\n"; }

// What is asked, and what comes back.
class Service final : public api::Servlet {
 public:
  int status = 200;
  http::HeaderList fields;
  api::Outcome outcome = api::Outcome::answered();
  std::string body;
  bool tears = false;
  base::ManualClock* slow = nullptr;
  int calls = 0;
  std::string asked, asked_body;
  std::function<void(api::Request&)> look;

  api::Outcome service(api::Request& request, api::Response& response) override {
    calls++;
    asked = std::string(request.method()) + " " + std::string(request.target()) + "\n";
    request.headers().for_each([&](std::string_view name, std::string_view value) {
      asked += std::string(name) + ": " + std::string(value) + "\n";
      return true;
    });
    asked_body.clear();
    char piece[7];
    for (api::BodyRead got; (got = request.body().read(piece)).status == api::BodyStatus::data;)
      asked_body.append(piece, got.bytes);
    if (look) look(request);
    if (!outcome.is_answered()) return outcome;
    response.set_status(status);
    fields.for_each([&](std::string_view name, std::string_view value) {
      response.headers().add(name, value);
      return true;
    });
    if (slow) {
      (void)response.write(std::string_view("one byte"));
      slow->advance(seconds(3));
    }
    if (response.write(std::string_view(body)) != api::WriteStatus::ok || tears) response.abort();
    return outcome;
  }
};

class OneServlet final : public api::Components {
 public:
  explicit OneServlet(api::Servlet& servlet) : servlet_(servlet) {}
  api::Servlet* servlet(std::string_view name) const override { return name == "Service" ? &servlet_ : nullptr; }
  api::Filter* filter(std::string_view) const override { return nullptr; }

 private:
  api::Servlet& servlet_;
};

}  // namespace

TEST_GROUP(HttpAuthentication) {
  base::ManualClock clock;
  Service service;
  Settings settings;
  std::unique_ptr<servlets::HttpAuthenticationServlet> servlet;
  api::FakeRequest request{"POST", "/app/x?a=1"};

  void setup() override {
    observe::set_log_sink(keep, nullptr);
    settings.name = "Ask";
    settings.servlet = "Service";
    settings.uri = "/auth?v=1";
    settings.forward_fields = {"Cookie", "Authorization"};
    settings.user_field = "Remote-User";
    settings.roles_field = "Remote-Groups";
    settings.cache_entries = 10;
    service.fields.set("Remote-User", "anna");
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);  // or its memory would count as lost
  }
  void send_answers() {
    settings.send_answers = true;
    settings.fields = {{"user", "login.user", false}, {"pass", "login.password", true}};
  }
  api::AuthenticationStep ask(const api::LoginAnswers& answers = {}) {
    if (!servlet) {
      servlet = std::make_unique<servlets::HttpAuthenticationServlet>(settings, clock);
      servlet->link(OneServlet(service));
    }
    return servlet->authenticate(request, answers, {});
  }
  std::string wrong(int status, const char* log) {
    service.status = status;
    g_log.clear();
    const auto step = ask();
    CHECK(step.kind == Kind::unavailable);
    STRCMP_CONTAINS(log, g_log.c_str());
    return g_log;
  }
};

TEST(HttpAuthentication, the_service_is_told_what_is_asked_about) {
  request.with("Cookie", "a=b").with("Accept", "x").with("Cookie", "c=d");
  request.is_secure = true;
  request.with_body("secret body");
  CHECK(ask().kind == Kind::done);
  STRCMP_EQUAL("GET /auth?v=1\nCookie: a=b\nCookie: c=d\nX-Forwarded-Method: POST\nX-Forwarded-Proto: https\n"
               "X-Forwarded-Host: www.example.test\nX-Forwarded-Uri: /app/x?a=1\nX-Forwarded-For: 192.0.2.7\n",
               service.asked.c_str());
  STRCMP_EQUAL("", service.asked_body.c_str());
}

TEST(HttpAuthentication, what_a_client_says_of_forwarding_does_not_get_through) {
  request.with("X-Forwarded-Uri", "/public").with("X-Forwarded-Method", "GET").with("X_Forwarded_Uri", "/public");
  request.with("Remote-User", "root").with("X-Forwarded-For", "127.0.0.1");
  (void)ask();
  CHECK(service.asked.find("/public") == std::string::npos);
  CHECK(service.asked.find("root") == std::string::npos);
  CHECK(service.asked.find("127.0.0.1") == std::string::npos);
}

TEST(HttpAuthentication, what_the_connector_notes_stays_with_the_question) {
  service.look = [](api::Request& inner) {
    inner.set_environment("inetAB", "127.0.0.1:80");
    inner.set_attribute("sticky", "1");
    CHECK(inner.session(api::SessionUse::create) == nullptr);
    STRCMP_EQUAL("/auth", std::string(inner.path_info()).c_str());
    STRCMP_EQUAL("v=1", std::string(inner.query()).c_str());
  };
  (void)ask();
  CHECK(request.variables.empty());
  CHECK_FALSE(request.attribute("sticky").has_value());
}

TEST(HttpAuthentication, a_good_answer_has_user_roles_and_attributes) {
  settings.copy_fields = {{"Remote-Email", "mail"}, {"Remote-None", "none"}};
  service.status = 204;
  service.fields.add("Remote-Groups", "clerk, admin");
  service.fields.add("remote-groups", "user");
  service.fields.add("Remote-Email", "a@b.example");
  const auto step = ask();
  CHECK(step.kind == Kind::done);
  STRCMP_EQUAL("anna", step.identity.user.c_str());
  CHECK(step.identity.roles == (std::vector<std::string>{"clerk", "admin", "user"}));
  CHECK_EQUAL(1u, step.identity.attributes.size());
  STRCMP_EQUAL("a@b.example", step.identity.attributes[0].second.c_str());
}

TEST(HttpAuthentication, a_good_answer_without_one_user_lets_nobody_in) {
  service.fields.add("Remote-User", "root");
  STRCMP_CONTAINS("NVJ1760", wrong(200, "Remote-User is there twice").c_str());
  service.fields.set("Remote-User", "  ");
  wrong(200, "there is no Remote-User in it");
  service.fields.remove("Remote-User");
  wrong(204, "there is no Remote-User in it");
  service.fields.set("Remote-User", std::string(1025, 'a'));
  wrong(200, "too long");
  service.fields.set("Remote-User", "anna");
  service.fields.set("Remote-Groups", "a\x01");
  wrong(200, "control character");
}

TEST(HttpAuthentication, no_means_no_and_asks_nothing_without_fields) {
  for (const int status : {401, 403}) {
    service.status = status;
    const auto step = ask();
    CHECK(step.kind == Kind::failed);
    STRCMP_EQUAL("login.required", step.message.c_str());
    CHECK(step.fields.empty());
  }
}

TEST(HttpAuthentication, fields_are_asked_for_and_their_answers_sent) {
  send_answers();
  service.status = 401;
  auto step = ask();
  CHECK(step.kind == Kind::ask);
  STRCMP_EQUAL("login.please", step.message.c_str());
  CHECK_EQUAL(2u, step.fields.size());
  service.fields.set("Retry-After", "30");
  step = ask({{"user", "anna"}, {"pass", "a b&c"}, {"other", "x"}});
  STRCMP_EQUAL("user=anna&pass=a%20b%26c", service.asked_body.c_str());
  STRCMP_CONTAINS("POST /auth?v=1\nContent-Type: application/x-www-form-urlencoded\n",
                  (service.asked.substr(0, 15) + service.asked.substr(service.asked.find("Content-Type"))).c_str());
  CHECK(step.kind == Kind::failed);
  STRCMP_EQUAL("login.failed", step.message.c_str());
  CHECK(step.retry_after == seconds(30));
  service.status = 200;
  CHECK(ask({{"user", "anna"}, {"pass", "x"}}).kind == Kind::done);
}

TEST(HttpAuthentication, answers_are_not_sent_where_that_is_off) {
  (void)ask({{"user", "anna"}, {"pass", "x"}});
  STRCMP_EQUAL("", service.asked_body.c_str());
  STRCMP_CONTAINS("GET /auth", service.asked.c_str());
}

TEST(HttpAuthentication, a_redirect_leads_the_user_on) {
  service.status = 302;
  service.fields.set("Location", "https://login.example.test/?back=x");
  const auto step = ask();
  CHECK(step.kind == Kind::redirect);
  STRCMP_EQUAL("https://login.example.test/?back=x", step.location.c_str());
  service.fields.set("Location", "https://x/\r\nSet-Cookie: a=b");
  wrong(302, "control characters");
  service.fields.remove("Location");
  wrong(302, "status 302");
  wrong(304, "status 304");
}

TEST(HttpAuthentication, everything_else_lets_nobody_in) {
  for (const int status : {400, 404, 429, 500, 502, 503, 600}) wrong(status, "status ");
  service.outcome = api::Outcome::refused(504, "backend_timeout");
  wrong(200, "backend_timeout");
  service.outcome = api::Outcome::answered();
  service.tears = true;
  wrong(200, "half way");
}

TEST(HttpAuthentication, a_body_that_is_too_long_is_left_and_the_answer_holds) {
  service.body = std::string(100000, 'x');
  CHECK(ask().kind == Kind::done);
}

TEST(HttpAuthentication, a_body_that_never_ends_is_left_and_the_answer_holds) {
  service.slow = &clock;
  service.body = "and another";
  CHECK(ask().kind == Kind::done);
  service.slow = nullptr;
  service.tears = true;
  wrong(200, "half way");
}

TEST(HttpAuthentication, method_fields_and_separator_are_those_of_the_parameters) {
  settings.method = "HEAD";
  settings.user_field = "X-Login";
  settings.roles_field = "X-Groups";
  settings.separator = ';';
  service.fields.set("X-Login", "bert");
  service.fields.set("X-Groups", "a; b");
  const auto step = ask();
  STRCMP_CONTAINS("HEAD /auth", service.asked.c_str());
  STRCMP_EQUAL("bert", step.identity.user.c_str());
  CHECK_EQUAL(2u, step.identity.roles.size());
}

TEST(HttpAuthentication, the_same_question_is_asked_once_in_its_time) {
  settings.cache_time = seconds(10);
  request.with("Cookie", "a=b");
  CHECK(ask().kind == Kind::done);
  STRCMP_EQUAL("anna", ask().identity.user.c_str());
  CHECK_EQUAL(1, service.calls);
  request.fields.set("Cookie", "a=c");
  (void)ask();
  CHECK_EQUAL(2, service.calls);
  request.the_client_address = "192.0.2.8";
  (void)ask();
  CHECK_EQUAL(3, service.calls);
  clock.advance(seconds(10));
  (void)ask();
  CHECK_EQUAL(4, service.calls);
}

TEST(HttpAuthentication, a_no_and_a_password_are_not_kept) {
  settings.cache_time = seconds(10);
  send_answers();
  service.status = 401;
  (void)ask();
  (void)ask();
  CHECK_EQUAL(2, service.calls);
  service.status = 200;
  (void)ask({{"user", "anna"}, {"pass", "x"}});
  (void)ask({{"user", "anna"}, {"pass", "x"}});
  CHECK_EQUAL(4, service.calls);
}

TEST(HttpAuthentication, questions_that_could_be_read_in_two_ways_are_two) {
  settings.cache_time = seconds(10);
  request.with("Cookie", "a").with("Authorization", "b");
  (void)ask();
  request.fields.remove("Authorization");
  request.fields.set("Cookie", "aAuthorizationb");
  (void)ask();
  CHECK_EQUAL(2, service.calls);
}

TEST(HttpAuthentication, is_not_for_clients) {
  (void)ask();
  api::FakeResponse response;
  CHECK_EQUAL(404, servlet->service(request, response).status);
}
