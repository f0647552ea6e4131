#include "navajo/filters/session_management/session_management_filter.h"

#include "navajo/config/text.h"
#include "navajo/config/web_xml.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"

namespace navajo::filters::session_management {
namespace {

using config::ParamType;

constexpr config::ParamSpec kParams[] = {
    {.name = "Servlet", .required = true, .doc = "Name of the servlet that keeps the sessions."},
    {.name = "Identification",
     .default_value = "COOKIE",
     .doc = "What binds a session to its client: COOKIE; SSL (the TLS session id, which clients of TLS 1.3 change at "
            "will); AUTHORIZATION (a digest of that field); HEADER:name (a digest of the field `name`)."},
    {.name = "Identification.MaxKeys",
     .type = ParamType::integer,
     .default_value = "65536",
     .minimum = 8,
     .maximum = 1 << 24,
     .doc = "How many clients can have a session at once where they are known by something else than a cookie."},
    {.name = "Cookie.Name",
     .doc = "Default: __Host-NavajoSession where Path, Domain and Secure allow that prefix, else NavajoSession."},
    {.name = "Cookie.Path", .default_value = "/", .doc = "Path of the cookie."},
    {.name = "Cookie.Domain", .doc = "Domain of the cookie; none: this host alone gets it."},
    {.name = "Cookie.Secure",
     .type = ParamType::choice,
     .default_value = "true",
     .choices = "true,auto",
     .doc = "true: the cookie is sent over TLS only. auto: it is so for clients that came over TLS; without TLS "
            "anybody on the way can take the session over."},
    {.name = "Cookie.HttpOnly", .type = ParamType::boolean, .default_value = "true",
     .doc = "Scripts of a page cannot read the cookie."},
    {.name = "Cookie.SameSite",
     .type = ParamType::choice,
     .default_value = "Lax",
     .choices = "Strict,Lax,None,unset",
     .doc = "Which requests that other sites cause carry the cookie. unset: the attribute is not sent."},
    {.name = "Cookie.OnInvalid",
     .default_value = "new",
     .doc = "What a cookie without a living session means: new (as if it were not there), or a status code from 400 to "
            "499 that answers the request (409 has clients of parallel requests try again with their new cookie)."},
    {.name = "Cookie.KeepOldCookieTimeout",
     .type = ParamType::seconds,
     .default_value = "30",
     .minimum = 0,
     .maximum = 3600,
     .doc = "How long the id a session had before a login stays good, for requests under way, from the address that "
            "logged in."},
    {.name = "MaxInactiveInterval", .type = ParamType::seconds, .minimum = 1,
     .doc = "After how long without a request a new session ends; default: the store's."},
    {.name = "MaxLifetime", .type = ParamType::seconds, .minimum = 1,
     .doc = "How long a new session lives at most; default: the store's."},
    {.name = "UpdateTimeStampMinInterval",
     .type = ParamType::milliseconds,
     .default_value = "1000",
     .minimum = 0,
     .maximum = 60000,
     .doc = "Requests that follow one another faster do not each write the time of the last one."},
    {.name = "NoUpdate.Ajax", .type = ParamType::boolean, .default_value = "false",
     .doc = "Requests with X-Requested-With: XMLHttpRequest do not keep a session alive."},
    {.name = "NoUpdate.WebSocket", .type = ParamType::boolean, .default_value = "false",
     .doc = "Requests for a WebSocket do not keep a session alive."},
    {.name = "NoUpdate.Path",
     .type = ParamType::lines,
     .doc = "Patterns, one a line: requests whose path one of them finds do not keep a session alive."},
};

constexpr char kDefaultName[] = "NavajoSession";

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

// What stands between the semicolons of a Set-Cookie line.
bool is_attribute_value(std::string_view text) {
  return http::is_field_value(text) && text.find(';') == std::string_view::npos;
}

SessionCookie::Settings read_cookie(const config::Params& params) {
  SessionCookie::Settings out;
  out.path = params.text("Cookie.Path");
  out.domain = params.text("Cookie.Domain");
  out.secure = params.text("Cookie.Secure") == "auto" ? SessionCookie::Secure::with_tls : SessionCookie::Secure::always;
  out.http_only = params.boolean("Cookie.HttpOnly");
  out.same_site = params.text("Cookie.SameSite");
  if (out.same_site == "unset") out.same_site.clear();
  if (out.path.empty() || out.path[0] != '/' || !is_attribute_value(out.path))
    params.fault("Cookie.Path", "Cookie.Path: '" + config::printable(out.path) + "' is no path");
  if (!out.domain.empty() && !http::is_host(out.domain[0] == '.' ? out.domain.substr(1) : out.domain))
    params.fault("Cookie.Domain", "Cookie.Domain: '" + config::printable(out.domain) + "' is no domain");
  const bool always = out.secure == SessionCookie::Secure::always;
  if (out.same_site == "None" && !always)
    params.fault("Cookie.SameSite", "Cookie.SameSite: browsers take None only with Cookie.Secure true");
  const bool host_only = always && out.domain.empty() && out.path == "/";
  out.name = params.has("Cookie.Name") ? params.text("Cookie.Name")
                                       : std::string(host_only ? "__Host-" : "") + kDefaultName;
  if (!http::is_token(out.name))
    params.fault("Cookie.Name", "Cookie.Name: '" + config::printable(out.name) + "' is no name of a cookie");
  if (begins(out.name, "__Host-") && !host_only)
    params.fault("Cookie.Name", "Cookie.Name: browsers take __Host- only with Cookie.Secure true, the path / and no "
                                "domain");
  if (begins(out.name, "__Secure-") && !always)
    params.fault("Cookie.Name", "Cookie.Name: browsers take __Secure- only with Cookie.Secure true");
  return out;
}

void read_identification(const config::Params& params, Settings& into) {
  const std::string& text = params.text("Identification");
  if (http::same_name(text, "COOKIE")) return;
  if (http::same_name(text, "SSL")) {
    into.identification = Identification::tls;
  } else if (http::same_name(text, "AUTHORIZATION")) {
    into.identification = Identification::authorization;
  } else if (http::same_name(text.substr(0, 7), "HEADER:") && http::is_token(text.substr(7))) {
    into.identification = Identification::header;
    into.header = text.substr(7);
  } else {
    params.fault("Identification", "Identification: '" + config::printable(text) +
                                       "' is none of COOKIE, SSL, AUTHORIZATION, HEADER:name");
  }
}

int read_on_invalid(const config::Params& params) {
  const std::string& text = params.text("Cookie.OnInvalid");
  if (text == "new") return 0;
  const auto status = http::parse_decimal(text);
  if (status && *status >= 400 && *status <= 499) return static_cast<int>(*status);
  params.fault("Cookie.OnInvalid", "Cookie.OnInvalid: '" + config::printable(text) +
                                       "' is neither new nor a status code from 400 to 499");
  return 0;
}

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  Settings settings;
  settings.cookie = SessionCookie(read_cookie(params));
  read_identification(params, settings);
  settings.status_on_invalid = read_on_invalid(params);
  settings.grace = params.seconds("Cookie.KeepOldCookieTimeout");
  if (params.has("MaxLifetime")) settings.limits.max_lifetime = params.seconds("MaxLifetime");
  if (params.has("MaxInactiveInterval"))
    settings.limits.max_inactive_interval = params.seconds("MaxInactiveInterval");
  settings.touch_interval = params.milliseconds("UpdateTimeStampMinInterval");
  settings.ajax_touches = !params.boolean("NoUpdate.Ajax");
  settings.websocket_touches = !params.boolean("NoUpdate.WebSocket");
  for (const config::ParamLine& line : params.positioned_lines("NoUpdate.Path")) {
    auto pattern = config::Pattern::parse(line.text);
    if (pattern.ok())
      settings.untouched_paths.push_back(std::move(*pattern));
    else
      params.fault(line.where, "NoUpdate.Path: " + pattern.error().text);
  }
  const std::string& servlet = params.text("Servlet");
  if (context.web_xml && !config::find_component(context.web_xml->servlets, servlet))
    params.fault("Servlet", "Servlet: " + config::no_component("servlet", servlet, context.web_xml->servlets));
  std::shared_ptr<session::KeyTable> keys;
  if (settings.identification != Identification::cookie) {
    auto opened = session::KeyTable::open(servlet + "/" + context.name,
                                          static_cast<uint32_t>(params.integer("Identification.MaxKeys")));
    if (!opened.ok()) {
      params.fault("Identification.MaxKeys", "Identification.MaxKeys: " + opened.error().text);
      return nullptr;
    }
    keys = std::move(*opened);
  }
  return std::make_unique<SessionManagementFilter>(std::move(settings), servlet, std::move(keys));
}

const container::FilterRow kRows[] = {
    {.name = "SessionManagementFilter",
     .aliases = {"ch::nevis::nevisproxy::filter::session::SessionManagementFilter",
                 "nevisproxy::filter::session::SessionManagementFilter"},
     .params = kParams,
     .doc = "Gives the elements behind it a session when one of them asks for it.",
     .make = make},
};

// The session's cookie goes out with the other fields of the response, whoever makes it.
class SessionResponse final : public api::ResponseWrapper {
 public:
  SessionResponse(api::Response& inner, RequestSession& session) : ResponseWrapper(inner), session_(session) {}

 protected:
  void before_commit() override { session_.write_cookie(headers()); }

 private:
  RequestSession& session_;
};

// Nobody asks for a session any more that has gone.
class AsSource {
 public:
  AsSource(api::Request& request, RequestSession& session) : request_(request) {
    request.set_session_source(&session);
  }
  ~AsSource() { request_.set_session_source(nullptr); }
  AsSource(const AsSource&) = delete;
  AsSource& operator=(const AsSource&) = delete;

 private:
  api::Request& request_;
};

}  // namespace

void SessionManagementFilter::link(const api::Components& components) {
  holder_ = &api::linked_servlet<session::HoldsSessionStore>(components, servlet_, "keeps no sessions");
  store_limits_ = holder_->limits();
}

api::Outcome SessionManagementFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  RequestSession session(settings_, holder_->store(), store_limits_, keys_.get(), numbers_, request, response);
  if (settings_.status_on_invalid) {
    const RequestSession::Presented presented = session.look();
    if (presented == RequestSession::Presented::outdated || presented == RequestSession::Presented::unknown) {
      // The client may have got its new cookie meanwhile, by the answer to another request: only a cookie that can not
      // have been renewed is deleted, or it would stand in the way for ever.
      if (presented == RequestSession::Presented::unknown)
        settings_.cookie.write_to(response.headers(), {}, request.secure(), request.memory());
      return api::Outcome::refused(settings_.status_on_invalid, "invalid_session_cookie");
    }
  }
  SessionResponse with_cookie(response, session);
  const AsSource source(request, session);
  const api::Outcome outcome = rest.proceed(request, with_cookie);
  // The container makes the page of a refusal behind our back.
  if (!outcome.is_answered() && !response.committed()) session.write_cookie(response.headers());
  return outcome;
}

void SessionManagementFilter::report(api::StatusWriter& writer) const {
  writer.text("store", servlet_);
  writer.number("sessions_created", static_cast<double>(numbers_.created.load(std::memory_order_relaxed)));
  writer.number("sessions_refused", static_cast<double>(numbers_.refused.load(std::memory_order_relaxed)));
  writer.number("cookies_without_session",
                static_cast<double>(numbers_.invalid_cookies.load(std::memory_order_relaxed)));
  writer.number("cookies_ambiguous", static_cast<double>(numbers_.ambiguous.load(std::memory_order_relaxed)));
  writer.number("old_ids_from_elsewhere", static_cast<double>(numbers_.from_elsewhere.load(std::memory_order_relaxed)));
  writer.number("without_identification", static_cast<double>(numbers_.no_key.load(std::memory_order_relaxed)));
  if (!keys_) return;
  writer.number("keys_capacity", keys_->capacity());
  writer.number("keys_refused", static_cast<double>(keys_->refused()));
}

}  // namespace navajo::filters::session_management

namespace navajo::filters {
std::span<const container::FilterRow> session_management_rows() { return session_management::kRows; }
}  // namespace navajo::filters
