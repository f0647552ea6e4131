// For tests of what asks users: an authentication servlet that follows a script, a renderer that notes the page it was
// given, and the two by their names.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "navajo/api/authentication.h"
#include "navajo/api/fakes.h"
#include "navajo/api/login_renderer.h"

namespace navajo::identity {

class ScriptedAuthenticator final : public api::Servlet, public api::Authenticator {
 public:
  std::deque<api::AuthenticationStep> steps;  // the last one is repeated
  std::vector<std::string> asked;             // of each call: "name=value;..." and "[role,...]"

  api::Outcome service(api::Request&, api::Response&) override { return api::Outcome::refused(404, "no_page"); }
  api::AuthenticationStep authenticate(api::Request&, const api::LoginAnswers& answers,
                                       const std::vector<std::string>& needed_roles) override {
    std::string call;
    for (const auto& [name, value] : answers) call.append(name).append("=").append(value).append(";");
    for (const std::string& role : needed_roles) call.append("[").append(role).append("]");
    asked.push_back(call);
    api::AuthenticationStep step = steps.front();
    if (steps.size() > 1) steps.pop_front();
    return step;
  }

  static api::AuthenticationStep done(const char* user, std::vector<std::string> roles = {}) {
    api::AuthenticationStep step;
    step.kind = api::AuthenticationStep::Kind::done;
    step.identity = {user, std::move(roles), {}};
    return step;
  }
  static api::AuthenticationStep ask(const char* message = "login.please") {
    api::AuthenticationStep step;
    step.kind = api::AuthenticationStep::Kind::ask;
    step.fields = {{"user", "login.user", false}, {"password", "login.password", true}};
    step.message = message;
    return step;
  }
  static api::AuthenticationStep of(api::AuthenticationStep::Kind kind) {
    api::AuthenticationStep step;
    step.kind = kind;
    return step;
  }
};

class NotingRenderer final : public api::Servlet, public api::LoginRenderer {
 public:
  size_t pages = 0;
  api::LoginPage::Kind kind{};
  std::string message, action, user;

  api::Outcome service(api::Request&, api::Response&) override { return api::Outcome::refused(404, "no_page"); }
  api::Outcome render(api::Request&, api::Response& response, const api::LoginPage& page) override {
    pages++;
    kind = page.kind;
    message = page.message;
    action = page.action;
    user = page.user;
    (void)response.write(std::string_view("page"));
    return api::Outcome::answered();
  }
};

class LoginComponents final : public api::Components {
 public:
  ScriptedAuthenticator authenticator;
  NotingRenderer renderer;
  api::Servlet* servlet(std::string_view name) const override {
    auto* self = const_cast<LoginComponents*>(this);
    if (name == "Users") return &self->authenticator;
    if (name == "Pages") return &self->renderer;
    return nullptr;
  }
  api::Filter* filter(std::string_view) const override { return nullptr; }
};

}  // namespace navajo::identity
