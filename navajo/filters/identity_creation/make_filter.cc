// What the init-params of an IdentityCreationFilter say.
#include <vector>

#include "navajo/config/text.h"
#include "navajo/filters/identity_creation/identity_creation_filter.h"
#include "navajo/http/syntax.h"
#include "navajo/identity/dialogue_params.h"

namespace navajo::filters::identity_creation {
namespace {

using config::ParamType;

constexpr config::ParamSpec kParams[] = {
    {.name = "AuthenticationServlet", .required = true, .doc = "Name of the servlet that knows users."},
    {.name = "LoginRendererServlet", .required = true, .doc = "Name of the servlet that draws the pages."},
    {.name = "Realm", .doc = "user.auth.Realm of those who log in here; default: the filter's name."},
    {.name = "InterceptionRedirect",
     .type = ParamType::choice,
     .default_value = "true",
     .choices = "true,false,never",
     .doc = "After a login the browser is sent to the URL it was kept from. false, never: the request is answered at "
            "once, where it was for the same path."},
    {.name = "Stateless",
     .type = ParamType::boolean,
     .default_value = "false",
     .doc = "Nothing is kept in a session: the servlet is asked for every request. For programs, and where another "
            "module of httpd knows the user of each request."},
    {.name = "LoginTimeout",
     .type = ParamType::seconds,
     .default_value = "300",
     .minimum = 10,
     .doc = "How long a session that a login page began may wait for its answers."},
    {.name = "InactiveInterval", .type = ParamType::seconds, .minimum = 1,
     .doc = "After how long without a request the session of a known user ends; default: that of new sessions."},
    {.name = "MaxLifetime", .type = ParamType::seconds, .minimum = 1,
     .doc = "How long the session of a known user lives at most, from its creation; default and limit: the store's."},
    {.name = "ReauthInterval", .type = ParamType::seconds, .minimum = 1,
     .doc = "How long after a login the user is asked again; default: never."},
    {.name = "LogoutPath",
     .type = ParamType::lines,
     .doc = "Patterns, one a line: a request whose path one of them finds logs the user out."},
    {.name = "LogoutTarget", .doc = "Where the user goes after that, a path of this host or a URL; default: a page."},
    {.name = "RequestLogoutHeader", .doc = "A request with this field logs the user out."},
    {.name = "ResponseLogoutHeader",
     .doc = "A backend's response with this field logs the user out; the client does not see the field."},
    {.name = "ResponseLogoutHeaderMethod",
     .type = ParamType::choice,
     .default_value = "session",
     .choices = "session,identity",
     .doc = "What a logout ends, whatever asks for it: the session with all that is in it, or only the identity."},
    {.name = "SendLoginCookie", .type = ParamType::boolean, .default_value = "false",
     .doc = "A cookie with the value login after a login, logout after a logout, tells pages what it was."},
    {.name = "SendLoginCookie.CookieName", .default_value = "IW4Login", .doc = "Its name."},
    {.name = "TraceRemoteUser", .type = ParamType::boolean, .default_value = "true",
     .doc = "The user is REMOTE_USER for the access log and for other modules."},
};

std::string field_name(const config::Params& params, const char* name) {
  const std::string& text = params.text(name);
  if (!text.empty() && !http::is_token(text))
    params.fault(name, std::string(name) + ": '" + config::printable(text) + "' is no name");
  return text;
}

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  Settings settings;
  settings.authenticator = params.text("AuthenticationServlet");
  settings.renderer = params.text("LoginRendererServlet");
  identity::check_servlet(params, "AuthenticationServlet", context.web_xml.get());
  identity::check_servlet(params, "LoginRendererServlet", context.web_xml.get());
  settings.state_key = params.text("StateKey");
  settings.realm = params.has("Realm") ? params.text("Realm") : context.name;
  settings.dialogue = identity::read_dialogue(params, "navajo.login.");
  settings.dialogue.timeout = params.seconds("LoginTimeout");
  settings.keeps_session = !params.boolean("Stateless");
  settings.redirects = params.text("InterceptionRedirect") == "true";
  settings.renews = params.text("RenewIdentification") != "never";
  if (params.has("InactiveInterval")) settings.inactive_interval = params.seconds("InactiveInterval");
  if (params.has("MaxLifetime")) settings.max_lifetime = params.seconds("MaxLifetime");
  if (params.has("ReauthInterval")) settings.reauth_interval = params.seconds("ReauthInterval");
  for (const config::ParamLine& line : params.positioned_lines("LogoutPath")) {
    auto pattern = config::Pattern::parse(line.text);
    if (pattern.ok())
      settings.logout_paths.push_back(std::move(*pattern));
    else
      params.fault(line.where, "LogoutPath: " + pattern.error().text);
  }
  settings.logout_target = params.text("LogoutTarget");
  const std::string& target = settings.logout_target;
  if (!target.empty() && !target.starts_with("https://") && !target.starts_with("http://") &&
      identity::local_target(target) != target)
    params.fault("LogoutTarget", "LogoutTarget: '" + config::printable(target) + "' is neither a path nor a URL");
  settings.request_logout_field = field_name(params, "RequestLogoutHeader");
  settings.response_logout_field = field_name(params, "ResponseLogoutHeader");
  settings.logout_ends_session = params.text("ResponseLogoutHeaderMethod") == "session";
  if (params.boolean("SendLoginCookie")) settings.login_cookie = field_name(params, "SendLoginCookie.CookieName");
  settings.remote_user = params.boolean("TraceRemoteUser");
  return std::make_unique<IdentityCreationFilter>(std::move(settings), base::system_clock());
}

}  // namespace
}  // namespace navajo::filters::identity_creation

namespace navajo::filters {

std::span<const container::FilterRow> identity_creation_rows() {
  static const std::vector<config::ParamSpec> params =
      identity::with_dialogue_params(identity_creation::kParams);
  static const container::FilterRow rows[] = {
      {.name = "IdentityCreationFilter",
       .aliases = {"ch::nevis::isiweb4::filter::auth::IdentityCreationFilter"},
       .params = params,
       .doc = "Lets only requests of known users pass; the others are asked who they are.",
       .make = identity_creation::make},
  };
  return rows;
}

}  // namespace navajo::filters
