#include "navajo/filters/security_role/security_role_filter.h"

#include <algorithm>

#include "navajo/api/event.h"
#include "navajo/config/text.h"
#include "navajo/http/syntax.h"
#include "navajo/identity/dialogue_params.h"
#include "navajo/observe/log.h"

namespace navajo::filters::security_role {
namespace {

using api::Outcome;
using config::ParamType;
using identity::LoginDialogue;

constexpr config::ParamSpec kParams[] = {
    {.name = "RolesRequired",
     .type = ParamType::lines,
     .doc = "Roles a user must have: one of those of every line, which are separated by blanks or commas.",
     .conditions = config::Conditions::then_continue},
    {.name = "RolesForbidden",
     .type = ParamType::lines,
     .doc = "Roles a user must not have, none of them.",
     .conditions = config::Conditions::then_continue},
    {.name = "AuthenticationServlet",
     .doc = "Name of the servlet that is asked for missing roles (step-up); none: who lacks one is refused."},
    {.name = "LoginRendererServlet", .doc = "Name of the servlet that draws the pages of a step-up."},
    {.name = "InvalidateOnError",
     .type = ParamType::boolean,
     .default_value = "true",
     .doc = "A step-up that fails for good, or that somebody else makes, ends the session."},
};

RoleLines read_roles(const config::Params& params, const char* name) {
  RoleLines out{container::ConditionalLines(params, name, container::Stage::request), {}};
  for (const config::ParamLine& line : out.lines.entries()) {
    std::vector<std::string>& roles = out.roles.emplace_back();
    http::ListWalker walk(line.text);
    while (const auto element = walk.next())
      for (const std::string_view word : config::split_words(*element)) roles.emplace_back(word);
    if (roles.empty()) params.fault(line.where, std::string(name) + ": the line names no role");
  }
  return out;
}

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  Settings settings{.required = read_roles(params, "RolesRequired"),
                    .forbidden = read_roles(params, "RolesForbidden"),
                    .authenticator = params.text("AuthenticationServlet"),
                    .renderer = params.text("LoginRendererServlet"),
                    .state_key = params.text("StateKey"),
                    .dialogue = identity::read_dialogue(params, "navajo.stepup."),
                    .renews = params.text("RenewIdentification") != "never",
                    .invalidates_on_error = params.boolean("InvalidateOnError")};
  settings.dialogue.marker = "navajo.stepup";
  settings.dialogue.events = "AS";
  settings.dialogue.page = api::LoginPage::Kind::step_up;
  // The session is the user's, with limits of its own.
  settings.dialogue.timeout = std::chrono::seconds(0);
  if (settings.required.lines.empty() && settings.forbidden.lines.empty())
    params.fault("RolesRequired", "neither RolesRequired nor RolesForbidden names a role");
  if (settings.authenticator.empty() != settings.renderer.empty())
    params.fault(settings.authenticator.empty() ? "LoginRendererServlet" : "AuthenticationServlet",
                 "a step-up needs both AuthenticationServlet and LoginRendererServlet");
  identity::check_servlet(params, "AuthenticationServlet", context.web_xml.get());
  identity::check_servlet(params, "LoginRendererServlet", context.web_xml.get());
  return std::make_unique<SecurityRoleFilter>(std::move(settings));
}

}  // namespace

SecurityRoleFilter::SecurityRoleFilter(Settings settings)
    : settings_(std::move(settings)), dialogue_(settings_.dialogue), identity_(settings_.state_key, "") {}

void SecurityRoleFilter::link(const api::Components& components) {
  if (!settings_.authenticator.empty()) dialogue_.link(components, settings_.authenticator, settings_.renderer);
}

const std::vector<std::string>* SecurityRoleFilter::missing(api::Request& request) const {
  const std::string_view owned = request.attribute(api::kRolesAttribute).value_or("");
  const std::vector<std::string>* lacking = nullptr;
  // In doubt a role is needed.
  settings_.required.lines.for_each_active(request, nullptr, container::InDoubt::take, [&](size_t entry) {
    const std::vector<std::string>& roles = settings_.required.roles[entry];
    const auto owns = [&](const std::string& role) { return identity::has_role(owned, role); };
    if (std::any_of(roles.begin(), roles.end(), owns)) return container::Visit::taken;
    lacking = &roles;
    return container::Visit::stop;
  });
  return lacking;
}

bool SecurityRoleFilter::is_forbidden(api::Request& request) const {
  const std::string_view owned = request.attribute(api::kRolesAttribute).value_or("");
  bool found = false;
  settings_.forbidden.lines.for_each_active(request, nullptr, container::InDoubt::take, [&](size_t entry) {
    const std::vector<std::string>& roles = settings_.forbidden.roles[entry];
    found = std::any_of(roles.begin(), roles.end(),
                        [&](const std::string& role) { return identity::has_role(owned, role); });
    return found ? container::Visit::stop : container::Visit::taken;
  });
  return found;
}

Outcome SecurityRoleFilter::refuse(api::Request& request, const char* event, const char* cause) {
  api::note_event(request, event);
  refused_.fetch_add(1, std::memory_order_relaxed);
  return Outcome::refused(403, cause);
}

Outcome SecurityRoleFilter::step_up(api::Request& request, api::Response& response, api::FilterChain& rest,
                                    const LoginDialogue::Marker& marker, const std::vector<std::string>& needed) {
  const LoginDialogue::Step step = dialogue_.step(request, response, marker, needed, identity::asker_of(request));
  api::Session* session = request.session(api::SessionUse::existing);
  if (!step.known) {
    if (settings_.invalidates_on_error && step.outcome.status == 403 && session) session->invalidate();
    return step.outcome;
  }
  const std::string_view user = request.attribute(api::kUserAttribute).value_or("");
  if (step.known->user != user) {
    observe::log(observe::id::step_up_by_another_user, "step-up of user '%s' by '%s', request %.*s is refused",
                 config::printable(user).c_str(), config::printable(step.known->user).c_str(),
                 static_cast<int>(request.id().size()), request.id().data());
    if (settings_.invalidates_on_error && session) session->invalidate();
    return refuse(request, "AS07", "step_up_by_another_user");
  }
  // An identity that is in no session (Stateless) has what it got for this request.
  if (session && identity_.user(*session)) {
    if (settings_.renews && !session->renew()) return Outcome::refused(503, "session_not_renewed");
    if (!identity_.add_roles(*session, step.known->roles)) return Outcome::refused(503, "session_store_full");
    step_ups_.fetch_add(1, std::memory_order_relaxed);
  }
  std::string roles(request.attribute(api::kRolesAttribute).value_or(""));
  for (const std::string& role : step.known->roles) roles.append(roles.empty() ? "" : ",").append(role);
  request.set_attribute(api::kRolesAttribute, roles);
  if (missing(request)) return refuse(request, "AS09", "role_missing");
  if (is_forbidden(request)) return refuse(request, "AS08", "role_forbidden");
  return step.answered_questions ? dialogue_.send_on(request, response, marker) : rest.proceed(request, response);
}

Outcome SecurityRoleFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  if (request.attribute(api::kUserAttribute).value_or("").empty()) return refuse(request, "AS09", "not_authenticated");
  if (is_forbidden(request)) return refuse(request, "AS08", "role_forbidden");
  const LoginDialogue::Marker marker =
      settings_.authenticator.empty() ? LoginDialogue::Marker{} : dialogue_.marker(request);
  if (const std::vector<std::string>* needed = missing(request)) {
    if (settings_.authenticator.empty()) return refuse(request, "AS09", "role_missing");
    return step_up(request, response, rest, marker, *needed);
  }
  passed_.fetch_add(1, std::memory_order_relaxed);
  if (!marker.present) return rest.proceed(request, response);
  if (const auto stored = dialogue_.take_stored(request, marker)) {
    identity::ReplayedRequest replayed(request, *stored);
    return rest.proceed(replayed, response);
  }
  return dialogue_.send_on(request, response, marker);
}

void SecurityRoleFilter::report(api::StatusWriter& writer) const {
  writer.number("passed", static_cast<double>(passed_.load(std::memory_order_relaxed)));
  writer.number("refused", static_cast<double>(refused_.load(std::memory_order_relaxed)));
  writer.number("step_ups", static_cast<double>(step_ups_.load(std::memory_order_relaxed)));
  writer.number("undecided_conditions",
                static_cast<double>(settings_.required.lines.doubts() + settings_.forbidden.lines.doubts()));
}

}  // namespace navajo::filters::security_role

namespace navajo::filters {

std::span<const container::FilterRow> security_role_rows() {
  static const std::vector<config::ParamSpec> params = identity::with_dialogue_params(security_role::kParams);
  static const container::FilterRow rows[] = {
      {.name = "SecurityRoleFilter",
       .aliases = {"ch::nevis::isiweb4::filter::auth::SecurityRoleFilter"},
       .params = params,
       .doc = "Lets users pass who have the roles a request needs.",
       .make = security_role::make},
  };
  return rows;
}

}  // namespace navajo::filters
