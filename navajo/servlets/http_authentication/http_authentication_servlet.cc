#include "navajo/servlets/http_authentication/http_authentication_servlet.h"

#include <memory>

#include "navajo/api/head_only_response.h"
#include "navajo/config/text.h"
#include "navajo/http/syntax.h"
#include "navajo/identity/roles.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/http_authentication/inner_request.h"

namespace navajo::servlets {
namespace {

using api::AuthenticationStep;
using Kind = api::AuthenticationStep::Kind;
using http_authentication::InnerRequest;
using http_authentication::Settings;

// Of a body nobody looks at, so that the connection can be used again.
constexpr uint64_t kMostBody = 64 * 1024;
constexpr std::chrono::seconds kBodyTime{2};
constexpr size_t kLongestUser = 1024, kLongestLocation = 8192;
constexpr uint64_t kLongestWait = 86400;

// All fields of that name as one list.
std::string joined(const http::Headers& fields, std::string_view name, char separator) {
  std::string out;
  fields.for_each([&](std::string_view field, std::string_view value) {
    if (!http::same_name(field, name)) return true;
    if (!out.empty()) out += separator;
    out += value;
    return true;
  });
  return out;
}

size_t count(const http::Headers& fields, std::string_view name) {
  size_t out = 0;
  fields.for_each([&](std::string_view field, std::string_view) {
    out += http::same_name(field, name);
    return true;
  });
  return out;
}

const container::ServletRow kRows[] = {
    {.name = "HttpAuthenticationServlet",
     .params = http_authentication::parameter_table(),
     .doc = "Asks an HTTP service who the user is: the forward-auth convention of Traefik and nginx.",
     .make = [](const container::ComponentContext& context, const config::Params& params)
         -> std::unique_ptr<api::Servlet> {
       std::unique_ptr<Settings> settings = http_authentication::read_settings(context, params);
       if (!settings) return nullptr;
       return std::make_unique<HttpAuthenticationServlet>(std::move(*settings), base::system_clock());
     }},
};

}  // namespace

HttpAuthenticationServlet::HttpAuthenticationServlet(Settings settings, const base::Clock& clock)
    : settings_(std::move(settings)), clock_(clock), cache_(settings_.cache_entries, settings_.cache_time) {}

api::Outcome HttpAuthenticationServlet::service(api::Request&, api::Response&) {
  return api::Outcome::refused(404, "not_for_clients");
}

AuthenticationStep HttpAuthenticationServlet::unavailable(api::Request& request, const std::string& why) {
  unavailable_.fetch_add(1, std::memory_order_relaxed);
  observe::log(observe::id::http_authentication_failed, "%s asked %s%s and cannot take the answer: %s; request %.*s",
               settings_.name.c_str(), settings_.servlet.c_str(), settings_.uri.c_str(), why.c_str(),
               static_cast<int>(request.id().size()), request.id().data());
  AuthenticationStep out;
  out.kind = Kind::unavailable;
  return out;
}

AuthenticationStep HttpAuthenticationServlet::ask(const http::Headers& fields, Answers answers) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  AuthenticationStep out;
  out.kind = settings_.fields.empty() || answers == Answers::sent ? Kind::failed : Kind::ask;
  out.fields = settings_.fields;
  out.message = settings_.fields.empty()     ? "login.required"
                : answers == Answers::sent ? "login.failed"
                                             : "login.please";
  const auto wait = http::parse_decimal(http::trim(fields.get("Retry-After").value_or("")));
  if (wait && *wait <= kLongestWait) out.retry_after = std::chrono::seconds(*wait);
  return out;
}

AuthenticationStep HttpAuthenticationServlet::accept(api::Request& request, const http::Headers& fields) {
  if (count(fields, settings_.user_field) > 1) return unavailable(request, settings_.user_field + " is there twice");
  const std::string_view user = http::trim(fields.get(settings_.user_field).value_or(""));
  if (user.empty()) return unavailable(request, "there is no " + settings_.user_field + " in it");
  if (user.size() > kLongestUser || config::has_control_character(user))
    return unavailable(request, settings_.user_field + " is too long or has control characters in it");
  auto roles = identity::split_roles(joined(fields, settings_.roles_field, settings_.separator), settings_.separator);
  if (!roles.ok()) return unavailable(request, settings_.roles_field + ": " + roles.error().text);
  AuthenticationStep out;
  out.kind = Kind::done;
  out.identity.user = user;
  out.identity.roles = std::move(*roles);
  for (const auto& [field, attribute] : settings_.copy_fields) {
    std::string value = joined(fields, field, ',');
    if (config::has_control_character(value)) return unavailable(request, field + " has control characters in it");
    if (!value.empty()) out.identity.attributes.emplace_back(attribute, std::move(value));
  }
  accepted_.fetch_add(1, std::memory_order_relaxed);
  return out;
}

AuthenticationStep HttpAuthenticationServlet::step(api::Request& request, int status, const http::Headers& fields,
                                                   Answers answers) {
  if (status >= 200 && status <= 299) return accept(request, fields);
  if (status == 401 || status == 403) return ask(fields, answers);
  const std::string_view location = fields.get("Location").value_or("");
  const bool redirects = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  if (!redirects || location.empty()) return unavailable(request, "status " + std::to_string(status));
  if (location.size() > kLongestLocation || !http::is_field_value(location))
    return unavailable(request, "Location is too long or has control characters in it");
  redirected_.fetch_add(1, std::memory_order_relaxed);
  AuthenticationStep out;
  out.kind = Kind::redirect;
  out.location = location;
  return out;
}

AuthenticationStep HttpAuthenticationServlet::authenticate(api::Request& request, const api::LoginAnswers& answers,
                                                           const std::vector<std::string>&) {
  const bool sends = settings_.send_answers && !answers.empty();
  InnerRequest inner(request, settings_);
  if (sends) inner.send(answers);
  // A password is not kept, not even as a digest.
  const auto key = cache_.keeps() && !sends ? cache_.key(inner.question()) : std::nullopt;
  if (key) {
    if (auto known = cache_.find(*key, clock_.now())) {
      AuthenticationStep out;
      out.kind = Kind::done;
      out.identity = std::move(*known);
      return out;
    }
  }
  asked_.fetch_add(1, std::memory_order_relaxed);
  if (!service_) return unavailable(request, "there is no such servlet");
  api::HeadOnlyResponse response(kMostBody, kBodyTime, clock_);
  const api::Outcome outcome = service_->service(inner, response);
  if (!outcome.is_answered()) return unavailable(request, outcome.cause);
  if (response.torn()) return unavailable(request, "it ended half way");
  AuthenticationStep out = step(request, response.status(), response.headers(), sends ? Answers::sent : Answers::none);
  if (key && out.kind == Kind::done) cache_.put(*key, out.identity, clock_.now());
  return out;
}

void HttpAuthenticationServlet::report(api::StatusWriter& writer) const {
  const auto number = [&](const char* name, const std::atomic<uint64_t>& value) {
    writer.number(name, static_cast<double>(value.load(std::memory_order_relaxed)));
  };
  number("asked", asked_);
  number("accepted", accepted_);
  number("refused", refused_);
  number("redirected", redirected_);
  number("unavailable", unavailable_);
  if (!cache_.keeps()) return;
  writer.number("cache_entries", static_cast<double>(cache_.size()));
  writer.number("cache_hits", static_cast<double>(cache_.hits()));
  writer.number("cache_evictions", static_cast<double>(cache_.evictions()));
}

std::span<const container::ServletRow> http_authentication_rows() { return kRows; }

}  // namespace navajo::servlets
