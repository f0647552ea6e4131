#include "navajo/servlets/apache_authentication/apache_authentication_servlet.h"

#include <algorithm>
#include <memory>

#include "navajo/config/text.h"
#include "navajo/http/syntax.h"
#include "navajo/identity/roles.h"
#include "navajo/observe/log.h"

namespace navajo::servlets {
namespace {

using api::AuthenticationStep;
using config::ParamType;
using container::Stage;
using container::ValueExpression;
using container::Variable;

constexpr size_t kLongestUser = 1024;  // a distinguished name is long

constexpr config::ParamSpec kParams[] = {
    {.name = "User", .default_value = "ENV:REMOTE_USER",
     .doc = "Who the user is: parts SOURCE:name; with the sources ENV (httpd's own variables), AUTH, SESSION and "
            "CONST. If one of them is missing or empty, nobody is logged in. HEADER, PARAM and the like are refused: a client "
            "writes there what it wants."},
    {.name = "User.Pattern",
     .doc = "Regular expression with one group that takes the user out of it: CN=([^,]+). A value it does not fit is "
            "nobody."},
    {.name = "Roles", .doc = "The user's roles as one text, from the same sources: ENV:OIDC_CLAIM_groups."},
    {.name = "Roles.Separator", .default_value = ",",
     .doc = "What stands between roles: one character, or comma, semicolon, space, tab."},
    {.name = "Roles.Default", .doc = "Roles of everybody who is logged in, separated by blanks or commas."},
    {.name = "Attributes", .type = ParamType::lines,
     .doc = "More that is known of the user, one a line: name:SOURCE:name; from the same sources."},
};

// The settings of one servlet, from its parameters; every fault is reported.
class Reader {
 public:
  explicit Reader(const config::Params& params) : params_(params) {}

  std::unique_ptr<api::Servlet> make(const std::string& name) {
    out_.name = name;
    read_expression("User", params_.where("User"), params_.text("User"), out_.user);
    read_expression("Roles", params_.where("Roles"), params_.text("Roles"), out_.roles);
    const auto& parts = out_.user.parts();
    if (fine_ && std::all_of(parts.begin(), parts.end(), [](const Variable& part) { return part.is_constant(); }))
      fault(params_.where("User"), "User says the same of everybody");
    read_pattern();
    read_roles();
    for (const config::ParamLine& line : params_.positioned_lines("Attributes")) read_attribute(line);
    if (!fine_) return nullptr;
    return std::make_unique<ApacheAuthenticationServlet>(std::move(out_));
  }

 private:
  void fault(const config::Position& where, std::string text) {
    params_.fault(where, std::move(text));
    fine_ = false;
  }

  void read_expression(const char* name, const config::Position& where, std::string_view text, ValueExpression& into) {
    base::Result<ValueExpression> parsed = ValueExpression::parse(text, Stage::request);
    if (!parsed.ok()) return fault(where, std::string(name) + ": " + parsed.error().text);
    for (const Variable& part : parsed->parts()) {
      if (part.is_clients())
        fault(where, std::string(name) + ": what the client writes does not say who it is; a variable of httpd (ENV) "
                                         "does");
      if (part.httpd_name().starts_with("SSL_CLIENT_")) out_.needs_verified_certificate = true;
    }
    into = std::move(*parsed);
  }

  void read_pattern() {
    const std::string& text = params_.text("User.Pattern");
    if (text.empty()) return;
    base::Result<config::Pattern> pattern = config::Pattern::parse(text);
    if (!pattern.ok()) return fault(params_.where("User.Pattern"), "User.Pattern: " + pattern.error().text);
    if (pattern->groups() != 2) return fault(params_.where("User.Pattern"), "User.Pattern needs exactly one group");
    out_.user_pattern = std::move(*pattern);
  }

  void read_roles() {
    const base::Result<char> separator = identity::parse_separator(params_.text("Roles.Separator"));
    if (separator.ok())
      out_.separator = *separator;
    else
      fault(params_.where("Roles.Separator"), "Roles.Separator: " + separator.error().text);
    for (const std::string_view role : config::split_words(params_.text("Roles.Default")))
      out_.default_roles.emplace_back(role);
  }

  void read_attribute(const config::ParamLine& line) {
    const size_t colon = line.text.find(':');
    const std::string name(config::trim(std::string_view(line.text).substr(0, colon)));
    if (colon == std::string::npos || !http::is_token(name))
      return fault(line.where, "'" + config::printable(line.text) + "' is not name:SOURCE:name;");
    if (name == api::kUserAttribute || name == api::kRolesAttribute || name == api::kRealmAttribute)
      return fault(line.where, "the attribute " + name + " is set by whoever asks");
    ValueExpression value;
    read_expression("Attributes", line.where, std::string_view(line.text).substr(colon + 1), value);
    out_.attributes.emplace_back(name, std::move(value));
  }

  const config::Params& params_;
  ApacheAuthenticationSettings out_;
  bool fine_ = true;
};

const container::ServletRow kRows[] = {
    {.name = "ApacheAuthenticationServlet",
     .params = kParams,
     .doc = "Takes the identity another module of httpd has established: OpenID Connect, LDAP, Basic, certificates.",
     .make = [](const container::ComponentContext& context, const config::Params& params) {
       return Reader(params).make(context.name);
     }},
};

}  // namespace

api::Outcome ApacheAuthenticationServlet::service(api::Request&, api::Response&) {
  return api::Outcome::refused(404, "not_for_clients");
}

AuthenticationStep ApacheAuthenticationServlet::nobody() {
  nobody_.fetch_add(1, std::memory_order_relaxed);
  AuthenticationStep step;
  step.kind = AuthenticationStep::Kind::failed;
  step.message = "login.required";
  return step;
}

AuthenticationStep ApacheAuthenticationServlet::unusable(api::Request& request, const std::string& why) {
  unusable_.fetch_add(1, std::memory_order_relaxed);
  observe::log(observe::id::apache_identity_unusable, "%s cannot take what httpd says of the user: %s; request %.*s",
               settings_.name.c_str(), why.c_str(), static_cast<int>(request.id().size()), request.id().data());
  AuthenticationStep step;
  step.kind = AuthenticationStep::Kind::unavailable;
  return step;
}

AuthenticationStep ApacheAuthenticationServlet::authenticate(api::Request& request, const api::LoginAnswers&,
                                                             const std::vector<std::string>&) {
  // With SSLVerifyClient optional_no_ca anybody's certificate has a subject.
  if (settings_.needs_verified_certificate && request.environment("SSL_CLIENT_VERIFY").value_or("") != "SUCCESS")
    return nobody();
  std::pmr::string text(&request.memory());
  if (!settings_.user.append_all_to(text, request)) return nobody();
  std::string_view user = text;
  std::string_view groups[2];
  if (settings_.user_pattern) {
    const config::SearchResult found = settings_.user_pattern->search(user, groups);
    if (found == config::SearchResult::gave_up) return unusable(request, "User.Pattern takes too long for it");
    if (found == config::SearchResult::not_found) return nobody();
    user = groups[1];
  }
  user = config::trim(user);
  if (user.empty()) return nobody();
  if (user.size() > kLongestUser || config::has_control_character(user))
    return unusable(request, "the name is too long or has control characters in it");

  std::pmr::string role_text(&request.memory());
  settings_.roles.append_to(role_text, request, nullptr);
  auto roles = identity::split_roles(role_text, settings_.separator);
  if (!roles.ok()) return unusable(request, roles.error().text);
  AuthenticationStep step;
  step.kind = AuthenticationStep::Kind::done;
  step.identity.user = user;
  step.identity.roles = std::move(*roles);
  for (const std::string& role : settings_.default_roles)
    if (std::find(step.identity.roles.begin(), step.identity.roles.end(), role) == step.identity.roles.end())
      step.identity.roles.push_back(role);
  for (const auto& [name, expression] : settings_.attributes) {
    std::pmr::string value(&request.memory());
    expression.append_to(value, request, nullptr);
    if (config::has_control_character(value))
      return unusable(request, "the attribute " + name + " has control characters in it");
    if (!value.empty()) step.identity.attributes.emplace_back(name, value);
  }
  accepted_.fetch_add(1, std::memory_order_relaxed);
  return step;
}

void ApacheAuthenticationServlet::report(api::StatusWriter& writer) const {
  writer.number("logins", static_cast<double>(accepted_.load(std::memory_order_relaxed)));
  writer.number("nobody", static_cast<double>(nobody_.load(std::memory_order_relaxed)));
  writer.number("unusable", static_cast<double>(unusable_.load(std::memory_order_relaxed)));
}

std::span<const container::ServletRow> apache_authentication_rows() { return kRows; }

}  // namespace navajo::servlets
