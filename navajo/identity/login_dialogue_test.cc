#include "navajo/identity/login_dialogue.h"

#include <string>

#include "navajo/identity/login_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using identity::Asker;
using identity::LoginDialogue;
using identity::ScriptedAuthenticator;

namespace {

constexpr char kForm[] = "application/x-www-form-urlencoded";

std::string field(api::FakeResponse& response, const char* name) {
  return std::string(response.headers().get(name).value_or("(none)"));
}

}  // namespace

TEST_GROUP(LoginDialogue) {
  identity::LoginComponents components;
  api::FakeSession session;
  identity::DialogueSettings settings;
  std::unique_ptr<LoginDialogue> dialogue;

  void setup() override {
    session.exists = false;
    components.authenticator.steps = {ScriptedAuthenticator::ask()};
  }
  LoginDialogue& made() {
    if (!dialogue) {
      dialogue = std::make_unique<LoginDialogue>(settings);
      dialogue->link(components, "Users", "Pages");
    }
    return *dialogue;
  }
  LoginDialogue::Step step(api::FakeRequest& request, api::FakeResponse& response, Asker asker = Asker::person) {
    request.sessions = &session;
    return made().step(request, response, made().marker(request), {}, asker);
  }
  // The answers to the page that was drawn last.
  LoginDialogue::Step answer(api::FakeResponse& response, const char* body = "user=anna&password=x%26y") {
    api::FakeRequest request("POST", components.renderer.action);
    request.with("Content-Type", kForm).with_body(body);
    return step(request, response);
  }
  std::string sent_on() {
    api::FakeRequest request("POST", components.renderer.action);
    request.sessions = &session;
    api::FakeResponse response;
    CHECK_TRUE(made().send_on(request, response, made().marker(request)).is_answered());
    LONGS_EQUAL(303, response.the_status);
    return field(response, "Location");
  }
};

TEST(LoginDialogue, who_is_known_without_a_question_needs_no_session) {
  components.authenticator.steps = {ScriptedAuthenticator::done("anna")};
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response;
  const LoginDialogue::Step known = step(request, response);
  STRCMP_EQUAL("anna", known.known->user.c_str());
  CHECK_FALSE(known.answered_questions);
  CHECK_FALSE(session.exists);
}

TEST(LoginDialogue, the_form_of_a_page_comes_back_to_the_same_path_with_a_token) {
  api::FakeRequest request("GET", "/app/x?a=1");
  api::FakeResponse response;
  CHECK_FALSE(step(request, response).known.has_value());
  LONGS_EQUAL(1, components.renderer.pages);
  const std::string token = session.values["navajo.login.token"];
  LONGS_EQUAL(32, token.size());
  STRCMP_CONTAINS(("/app/x?navajo.login=" + token + "&navajo.url=%2Fapp%2Fx%3Fa%3D1&navajo.mac=").c_str(),
                  components.renderer.action.c_str());
  LONGS_EQUAL(300, session.max_inactive_interval.count());
}

TEST(LoginDialogue, answers_reach_the_authenticator_and_the_session_is_renewed_with_each_step) {
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response, second, third;
  (void)step(request, response);
  LONGS_EQUAL(0, session.renewals);
  (void)answer(second);
  LONGS_EQUAL(1, session.renewals);
  components.authenticator.steps = {ScriptedAuthenticator::done("anna")};
  const LoginDialogue::Step known = answer(third, "code=123");
  STRCMP_EQUAL("anna", known.known->user.c_str());
  CHECK_TRUE(known.answered_questions);
  STRCMP_EQUAL("user=anna;password=x&y;", components.authenticator.asked[1].c_str());
  STRCMP_EQUAL("code=123;", components.authenticator.asked[2].c_str());
}

TEST(LoginDialogue, answers_without_the_sessions_token_are_none) {
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response;
  (void)step(request, response);
  for (const char* target : {"/app?navajo.login=", "/app?navajo.login=00000000000000000000000000000000", "/app"}) {
    api::FakeRequest forged("POST", target);
    forged.with("Content-Type", kForm).with_body("user=anna&password=x");
    api::FakeResponse answer_to_it;
    CHECK_FALSE_TEXT(step(forged, answer_to_it).known.has_value(), target);
    STRCMP_EQUAL_TEXT("", components.authenticator.asked.back().c_str(), target);
  }
}

TEST(LoginDialogue, credentials_that_come_too_late_are_not_kept) {
  api::FakeRequest late("POST", "/app?navajo.login=00000000000000000000000000000000");
  late.with("Content-Type", kForm).with_body("user=anna&password=secret");
  api::FakeResponse response;
  (void)step(late, response);
  STRCMP_EQUAL("login.expired", components.renderer.message.c_str());
  STRCMP_EQUAL("GET /app\n\n", session.values["navajo.login.request"].c_str());
}

TEST(LoginDialogue, each_tab_goes_on_where_it_was) {
  api::FakeRequest one("GET", "/app/one?x=1"), two("GET", "/app/two");
  api::FakeResponse response, second;
  (void)step(one, response);
  const std::string first_form = components.renderer.action;
  (void)step(two, second);
  STRCMP_EQUAL("/app/two", sent_on().c_str());
  components.renderer.action = first_form;
  STRCMP_EQUAL("/app/one?x=1", sent_on().c_str());
}

TEST(LoginDialogue, a_url_that_somebody_changed_is_not_gone_to) {
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response;
  (void)step(request, response);
  const std::string url = "navajo.url=%2Fapp";
  components.renderer.action.replace(components.renderer.action.find(url), url.size(), "navajo.url=%2Fevl");
  STRCMP_EQUAL("/app", sent_on().c_str());
}

TEST(LoginDialogue, nobody_is_sent_to_another_host) {
  for (const char* target : {"//evil.test/x", "///evil.test/x", "/\\evil.test/x"}) {
    session.values.clear();
    api::FakeRequest request("GET", target);
    api::FakeResponse response;
    (void)step(request, response);
    CHECK_TRUE_TEXT(components.renderer.action.starts_with("/evil.test/x?") ||
                    components.renderer.action.starts_with("/?"), components.renderer.action.c_str());
    const std::string location = sent_on();
    CHECK_TRUE_TEXT(location == "/evil.test/x" || location == "/", location.c_str());
  }
}

TEST(LoginDialogue, a_post_is_repeated_once_after_the_login) {
  api::FakeRequest request("POST", "/app/pay?a=1");
  request.with("Content-Type", "text/plain").with_body("100 for bert");
  api::FakeResponse response;
  (void)step(request, response);
  const std::string location = sent_on();
  STRCMP_EQUAL(("/app/pay?navajo.login=" + session.values["navajo.login.token"]).c_str(), location.c_str());
  for (const bool first : {true, false}) {
    api::FakeRequest back("GET", location);
    back.sessions = &session;
    const auto stored = made().take_stored(back, made().marker(back));
    LONGS_EQUAL(first, stored.has_value());
    if (!stored) continue;
    STRCMP_EQUAL("POST", std::string(stored->method).c_str());
    STRCMP_EQUAL("/app/pay?a=1", std::string(stored->target).c_str());
    STRCMP_EQUAL("100 for bert", std::string(stored->body).c_str());
  }
}

TEST(LoginDialogue, a_post_is_not_repeated_under_another_path) {
  api::FakeRequest request("POST", "/app/pay");
  request.with_body("x");
  api::FakeResponse response;
  (void)step(request, response);
  api::FakeRequest back("GET", "/app/other?navajo.login=" + session.values["navajo.login.token"]);
  back.sessions = &session;
  CHECK_FALSE(made().take_stored(back, made().marker(back)).has_value());
}

TEST(LoginDialogue, a_post_of_another_tab_goes_when_one_that_came_by_get_logs_in) {
  api::FakeRequest page("GET", "/app/pay"), post("POST", "/app/pay");
  post.with_body("x");
  api::FakeResponse response, second;
  (void)step(page, response);
  const std::string first_form = components.renderer.action;
  (void)step(post, second);
  components.renderer.action = first_form;
  STRCMP_EQUAL("/app/pay", sent_on().c_str());
  LONGS_EQUAL(0, session.values.count("navajo.login.request"));
}

TEST(LoginDialogue, a_form_of_another_site_is_not_repeated) {
  for (const char* origin : {"https://evil.test", "null"}) {
    api::FakeRequest request("POST", "/app/pay");
    request.with("Origin", origin).with_body("x");
    api::FakeResponse response;
    (void)step(request, response);
    STRCMP_EQUAL_TEXT("GET /app/pay\n\n", session.values["navajo.login.request"].c_str(), origin);
  }
  api::FakeRequest own("POST", "/app/pay");
  own.with("Origin", "https://www.example.test").with_body("x");
  api::FakeResponse response;
  (void)step(own, response);
  STRCMP_EQUAL("POST /app/pay\n\nx", session.values["navajo.login.request"].c_str());
}

TEST(LoginDialogue, a_body_that_is_too_long_is_gone_to_by_get) {
  settings.body_limit = 10;
  api::FakeRequest request("POST", "/app/pay");
  request.with_body("12345678901");
  api::FakeResponse response;
  (void)step(request, response);
  STRCMP_EQUAL("GET /app/pay\n\n", session.values["navajo.login.request"].c_str());
}

TEST(LoginDialogue, answers_that_are_too_long_are_refused) {
  settings.body_limit = 10;
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response, second;
  (void)step(request, response);
  LONGS_EQUAL(413, answer(second).outcome.status);
}

TEST(LoginDialogue, programs_get_no_page_and_no_session) {
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response;
  const LoginDialogue::Step refused = step(request, response, Asker::program);
  LONGS_EQUAL(401, refused.outcome.status);
  STRCMP_EQUAL("Navajo-Login", field(response, "WWW-Authenticate").c_str());
  CHECK_FALSE(session.exists);
  LONGS_EQUAL(0, components.renderer.pages);
}

TEST(LoginDialogue, what_cannot_be_decided_is_refused) {
  using Kind = api::AuthenticationStep::Kind;
  const std::pair<Kind, int> cases[] = {{Kind::unavailable, 503}, {Kind::failed, 403}, {Kind::ask, 403},
                                        {Kind::redirect, 502}, {Kind::done, 500}};
  for (const auto& [kind, status] : cases) {
    components.authenticator.steps = {ScriptedAuthenticator::of(kind)};
    api::FakeRequest request("GET", "/app");
    api::FakeResponse response;
    const LoginDialogue::Step refused = step(request, response);
    LONGS_EQUAL(status, refused.outcome.status);
    CHECK_FALSE(refused.known.has_value());
  }
}

TEST(LoginDialogue, a_session_that_takes_nothing_is_a_refusal) {
  session.takes_more = false;
  api::FakeRequest request("GET", "/app");
  api::FakeResponse response;
  LONGS_EQUAL(503, step(request, response).outcome.status);
}

TEST(LoginDialogue, a_redirect_of_the_authenticator_is_passed_on) {
  components.authenticator.steps = {ScriptedAuthenticator::of(api::AuthenticationStep::Kind::redirect)};
  components.authenticator.steps.front().location = "https://idp.test/?x";
  api::FakeRequest request("GET", "/app/x");
  api::FakeResponse response;
  CHECK_TRUE(step(request, response).outcome.is_answered());
  LONGS_EQUAL(303, response.the_status);
  STRCMP_EQUAL("https://idp.test/?x", field(response, "Location").c_str());
  STRCMP_EQUAL("GET /app/x\n\n", session.values["navajo.login.request"].c_str());
}

TEST(LoginDialogue, is_linked_to_what_does_the_work) {
  LoginDialogue other(settings);
  CHECK_THROWS(api::LinkFault, other.link(components, "Pages", "Pages"));
  CHECK_THROWS(api::LinkFault, other.link(components, "Users", "Users"));
  CHECK_THROWS(api::LinkFault, other.link(components, "Users", "Nobody"));
}

TEST(LoginDialogue, scripts_of_a_page_are_programs) {
  api::FakeRequest page("GET", "/"), put("PUT", "/"), script("GET", "/");
  script.with("X-Requested-With", "XMLHttpRequest");
  CHECK_TRUE(identity::asker_of(page) == Asker::person);
  CHECK_TRUE(identity::asker_of(put) == Asker::program);
  CHECK_TRUE(identity::asker_of(script) == Asker::program);
}
