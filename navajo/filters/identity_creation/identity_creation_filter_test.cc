#include "navajo/filters/identity_creation/identity_creation_filter.h"

#include <string>

#include "navajo/identity/login_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using filters::identity_creation::IdentityCreationFilter;
using filters::identity_creation::Settings;
using identity::ScriptedAuthenticator;

namespace {

struct Answer {
  int the_status = 0;
  http::HeaderList fields;
};

}  // namespace

TEST_GROUP(IdentityCreationFilter) {
  identity::LoginComponents components;
  base::ManualClock clock;
  api::FakeSession session;
  api::FakeChain chain;
  Settings settings;
  std::unique_ptr<IdentityCreationFilter> filter;
  std::string seen;  // by the servlet: "GET /app anna user"
  std::string backend_field;

  void setup() override {
    session.exists = false;
    settings.authenticator = "Users";
    settings.renderer = "Pages";
    settings.realm = "staff";
    components.authenticator.steps = {ScriptedAuthenticator::ask()};
    chain.rest = [this](api::Request& request, api::Response& response) {
      seen = std::string(request.method()) + " " + std::string(request.target()) + " " +
             std::string(request.attribute("user.auth.UserId").value_or("-")) + " " +
             std::string(request.attribute("user.auth.SecurityRoles").value_or("-"));
      if (!backend_field.empty()) response.headers().set(backend_field, "1");
      (void)response.write(std::string_view("content"));
      return api::Outcome::answered();
    };
  }
  void logs_out_at(const char* path) {
    auto pattern = config::Pattern::parse(path);
    settings.logout_paths.push_back(std::move(*pattern));
  }
  api::Outcome run(api::FakeRequest& request, api::FakeResponse& response) {
    if (!filter) {
      filter = std::make_unique<IdentityCreationFilter>(std::move(settings), clock);
      filter->link(components);
    }
    seen.clear();
    request.sessions = &session;
    return filter->filter(request, response, chain);
  }
  Answer got(const char* target) {
    api::FakeRequest request("GET", target);
    api::FakeResponse response;
    (void)run(request, response);
    return {response.the_status, response.fields};
  }
  // Answers the page that was drawn last, rightly.
  Answer answered(const char* user = "anna") {
    components.authenticator.steps = {ScriptedAuthenticator::done(user, {"user"})};
    api::FakeRequest request("POST", components.renderer.action);
    request.with("Content-Type", "application/x-www-form-urlencoded").with_body("user=anna&password=x");
    api::FakeResponse response;
    (void)run(request, response);
    components.authenticator.steps = {ScriptedAuthenticator::ask()};
    return {response.the_status, response.fields};
  }
  void log_in() {
    (void)got("/app");
    (void)answered();
    STRCMP_EQUAL("anna", session.values["user.auth.UserId"].c_str());
  }
};

TEST(IdentityCreationFilter, nobody_unknown_reaches_the_servlet) {
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PROPFIND"}) {
    api::FakeRequest request(method, "/app");
    api::FakeResponse response;
    (void)run(request, response);
    STRCMP_EQUAL_TEXT("", seen.c_str(), method);
  }
}

TEST(IdentityCreationFilter, a_login_renews_the_session_and_goes_on_to_the_url) {
  (void)got("/app?x=1");
  const Answer response = answered();
  LONGS_EQUAL(303, response.the_status);
  STRCMP_EQUAL("/app?x=1", std::string(*response.fields.get("Location")).c_str());
  LONGS_EQUAL(1, session.renewals);
  STRCMP_EQUAL("", seen.c_str());
  (void)got("/app?x=1");
  STRCMP_EQUAL("GET /app?x=1 anna user", seen.c_str());
  STRCMP_EQUAL("staff", session.values["user.auth.Realm"].c_str());
}

TEST(IdentityCreationFilter, a_session_that_cannot_be_renewed_gets_no_identity) {
  struct Stubborn final : api::SessionSource, api::Session {
    api::FakeSession& inner;
    explicit Stubborn(api::FakeSession& of) : inner(of) {}
    api::Session* session(api::SessionUse use) override { return inner.session(use) ? this : nullptr; }
    std::optional<std::string_view> get(std::string_view name) override { return inner.get(name); }
    bool set(std::string_view name, std::string_view value) override { return inner.set(name, value); }
    bool remove(std::string_view name) override { return inner.remove(name); }
    void for_each(std::string_view prefix,
                  base::FunctionRef<bool(std::string_view name, std::string_view value)> visit) override {
      inner.for_each(prefix, visit);
    }
    std::string_view log_id() const override { return "x"; }
    bool renew() override { return false; }
    void set_limits(std::chrono::seconds, std::chrono::seconds) override {}
    void invalidate() override {}
  } stubborn(session);
  components.authenticator.steps = {ScriptedAuthenticator::done("anna")};
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response;
  (void)run(request, response);  // makes the filter
  session.values.clear();
  api::FakeRequest second("GET", "/app");
  second.sessions = &stubborn;
  LONGS_EQUAL(503, filter->filter(second, response, chain).status);
  LONGS_EQUAL(0, session.values.count("user.auth.UserId"));
}

TEST(IdentityCreationFilter, a_store_that_takes_nothing_more_lets_nobody_in) {
  components.authenticator.steps = {ScriptedAuthenticator::done("anna")};
  session.takes_more = false;
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response;
  LONGS_EQUAL(503, run(request, response).status);
  STRCMP_EQUAL("", seen.c_str());
}

TEST(IdentityCreationFilter, who_is_known_without_a_question_goes_on_at_once) {
  components.authenticator.steps = {ScriptedAuthenticator::done("anna", {"user"})};
  (void)got("/app");
  STRCMP_EQUAL("GET /app anna user", seen.c_str());
  LONGS_EQUAL(1, session.renewals);
  (void)got("/app");
  LONGS_EQUAL(1, components.authenticator.asked.size());
}

TEST(IdentityCreationFilter, stateless_asks_for_every_request_and_keeps_nothing) {
  settings.keeps_session = false;
  components.authenticator.steps = {ScriptedAuthenticator::done("anna", {"user"})};
  (void)got("/app");
  (void)got("/app");
  LONGS_EQUAL(2, components.authenticator.asked.size());
  STRCMP_EQUAL("GET /app anna user", seen.c_str());
  CHECK_FALSE(session.exists);
}

TEST(IdentityCreationFilter, stateless_shows_no_page) {
  settings.keeps_session = false;
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response;
  LONGS_EQUAL(401, run(request, response).status);
  CHECK_FALSE(session.exists);
}

TEST(IdentityCreationFilter, a_post_is_repeated_after_the_login) {
  api::FakeRequest post("POST", "/app/pay");
  post.with_body("100");
  api::FakeResponse page;
  (void)run(post, page);
  const std::string location(*answered().fields.get("Location"));
  (void)got(location.c_str());
  STRCMP_EQUAL("POST /app/pay anna user", seen.c_str());
  const Answer again = got(location.c_str());  // the page is loaded anew
  STRCMP_EQUAL("", seen.c_str());
  LONGS_EQUAL(303, again.the_status);
  STRCMP_EQUAL("/app/pay", std::string(*again.fields.get("Location")).c_str());
}

TEST(IdentityCreationFilter, without_redirects_the_answer_comes_at_once) {
  settings.redirects = false;
  (void)got("/app?x=1");
  (void)answered();
  STRCMP_EQUAL("GET /app?x=1 anna user", seen.c_str());
  session.values.clear();
  session.exists = false;
  api::FakeRequest post("POST", "/app/pay");
  post.with_body("100");
  api::FakeResponse page;
  (void)run(post, page);
  (void)answered();
  STRCMP_EQUAL("POST /app/pay anna user", seen.c_str());
}

TEST(IdentityCreationFilter, a_login_page_of_another_tab_leads_on_and_its_answers_go_nowhere) {
  (void)got("/app/one");
  const std::string first = components.renderer.action;
  (void)got("/app/two");
  (void)answered();
  components.renderer.action = first;
  const size_t asked = components.authenticator.asked.size();
  const Answer late = answered();
  LONGS_EQUAL(asked, components.authenticator.asked.size());
  STRCMP_EQUAL("/app/one", std::string(*late.fields.get("Location")).c_str());
  STRCMP_EQUAL("", seen.c_str());
}

TEST(IdentityCreationFilter, limits_of_a_known_users_session_are_set) {
  settings.inactive_interval = std::chrono::seconds(120);
  settings.max_lifetime = std::chrono::seconds(3600);
  (void)got("/app");
  LONGS_EQUAL(300, session.max_inactive_interval.count());
  (void)answered();
  LONGS_EQUAL(120, session.max_inactive_interval.count());
  LONGS_EQUAL(3600, session.max_lifetime.count());
}

TEST(IdentityCreationFilter, without_an_interval_a_known_users_session_is_as_new_ones_are) {
  log_in();
  CHECK_TRUE(session.max_inactive_interval == api::Session::kOfNewSessions);
}

TEST(IdentityCreationFilter, a_user_is_asked_again_after_a_while) {
  settings.reauth_interval = std::chrono::seconds(600);
  log_in();
  clock.advance(std::chrono::seconds(599));
  (void)got("/app");
  STRCMP_EQUAL("GET /app anna user", seen.c_str());
  clock.advance(std::chrono::seconds(1));
  (void)got("/app");
  STRCMP_EQUAL("", seen.c_str());
  (void)answered();
  (void)got("/app");
  STRCMP_EQUAL("GET /app anna user", seen.c_str());
}

TEST(IdentityCreationFilter, somebody_else_gets_nothing_of_the_session) {
  settings.reauth_interval = std::chrono::seconds(600);
  log_in();
  session.values["cookie.of.anna"] = "1";
  clock.advance(std::chrono::seconds(600));
  (void)got("/app");
  (void)answered("bert");
  STRCMP_EQUAL("bert", session.values["user.auth.UserId"].c_str());
  LONGS_EQUAL(0, session.values.count("cookie.of.anna"));
}

TEST(IdentityCreationFilter, a_path_logs_out) {
  logs_out_at("^/logout$");
  log_in();
  session.invalidated = false;
  const Answer response = got("/logout");
  CHECK_TRUE(session.invalidated);
  CHECK_TRUE(components.renderer.kind == api::LoginPage::Kind::logged_out);
  STRCMP_EQUAL("anna", components.renderer.user.c_str());
  STRCMP_EQUAL("\"cache\"", std::string(*response.fields.get("Clear-Site-Data")).c_str());
  (void)got("/app");
  STRCMP_EQUAL("", seen.c_str());
}

TEST(IdentityCreationFilter, a_logout_may_lead_somewhere) {
  logs_out_at("^/logout$");
  settings.logout_target = "/bye";
  log_in();
  STRCMP_EQUAL("/bye", std::string(*got("/logout").fields.get("Location")).c_str());
}

TEST(IdentityCreationFilter, fields_of_request_and_response_log_out) {
  settings.request_logout_field = "X-Leave";
  settings.response_logout_field = "X-Logout";
  log_in();
  session.invalidated = false;
  backend_field = "X-Logout";
  (void)got("/app");
  CHECK_TRUE(session.invalidated);
  backend_field.clear();
  log_in();
  session.invalidated = false;
  api::FakeRequest request("GET", "/app");
  request.with("X-Leave", "1");
  api::FakeResponse response;
  (void)run(request, response);
  CHECK_TRUE(session.invalidated);
  STRCMP_EQUAL("", seen.c_str());
}

TEST(IdentityCreationFilter, a_logout_may_leave_the_session) {
  logs_out_at("^/logout$");
  settings.logout_ends_session = false;
  log_in();
  session.values["other"] = "kept";
  session.invalidated = false;
  (void)got("/logout");
  CHECK_FALSE(session.invalidated);
  LONGS_EQUAL(0, session.values.count("user.auth.UserId"));
  LONGS_EQUAL(1, session.values.count("other"));
}

TEST(IdentityCreationFilter, no_shared_cache_keeps_a_known_users_page) {
  log_in();
  STRCMP_EQUAL("private, no-cache", std::string(*got("/app").fields.get("Cache-Control")).c_str());
}

TEST(IdentityCreationFilter, tells_pages_of_login_and_logout_by_a_cookie) {
  settings.login_cookie = "IW4Login";
  logs_out_at("^/logout$");
  (void)got("/app");
  STRCMP_EQUAL("IW4Login=login; Path=/; HttpOnly", std::string(*answered().fields.get("Set-Cookie")).c_str());
  STRCMP_EQUAL("IW4Login=logout; Path=/; HttpOnly", std::string(*got("/logout").fields.get("Set-Cookie")).c_str());
}

TEST(IdentityCreationFilter, the_user_is_REMOTE_USER_if_wanted) {
  log_in();
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response;
  (void)run(request, response);
  STRCMP_EQUAL("anna", request.variables["REMOTE_USER"].c_str());
}
