#include "navajo/filters/identity_creation/identity_creation_filter.h"

#include <algorithm>

#include "navajo/api/event.h"
#include "navajo/filters/identity_creation/personal_response.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"

namespace navajo::filters::identity_creation {
namespace {

using api::Outcome;
using identity::Asker;
using identity::LoginDialogue;

double number(const std::atomic<uint64_t>& counter) {
  return static_cast<double>(counter.load(std::memory_order_relaxed));
}

}  // namespace

IdentityCreationFilter::IdentityCreationFilter(Settings settings, const base::Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      dialogue_(settings_.dialogue),
      identity_(settings_.state_key, settings_.realm) {}

void IdentityCreationFilter::link(const api::Components& components) {
  dialogue_.link(components, settings_.authenticator, settings_.renderer);
  renderer_ = &api::linked_servlet<api::LoginRenderer>(components, settings_.renderer, "renders no login pages");
}

// The user of the session, if he need not be asked again.
std::optional<std::string_view> IdentityCreationFilter::known_user(api::Request& request) const {
  api::Session* session = request.session(api::SessionUse::existing);
  if (!session) return std::nullopt;
  return identity_.publish(*session, request, clock_.now(), settings_.reauth_interval);
}

bool IdentityCreationFilter::wants_logout(api::Request& request) const {
  if (!settings_.request_logout_field.empty() && request.headers().get(settings_.request_logout_field)) return true;
  return std::any_of(settings_.logout_paths.begin(), settings_.logout_paths.end(), [&](const config::Pattern& pattern) {
    return pattern.search(request.path()) != config::SearchResult::not_found;  // in doubt the user is logged out
  });
}

void IdentityCreationFilter::log_out(api::Request& request, const char* event) {
  api::note_event(request, event);
  api::Session* session = request.session(api::SessionUse::existing);
  if (!session) return;
  const auto user = request.attribute(api::kUserAttribute).value_or("");
  observe::log(observe::id::logged_out, "user '%.*s' logged out, session %.*s", static_cast<int>(user.size()),
               user.data(), static_cast<int>(session->log_id().size()), session->log_id().data());
  if (settings_.logout_ends_session)
    session->invalidate();
  else
    identity_.forget(*session);
  logouts_.fetch_add(1, std::memory_order_relaxed);
}

void IdentityCreationFilter::set_login_cookie(api::Request& request, http::Headers& fields, const char* value) const {
  if (settings_.login_cookie.empty()) return;
  std::pmr::string line(settings_.login_cookie, &request.memory());
  line.append("=").append(value).append("; Path=/; HttpOnly");
  if (request.secure()) line.append("; Secure");
  fields.add("Set-Cookie", line);
}

Outcome IdentityCreationFilter::answer_logout(api::Request& request, api::Response& response) {
  log_out(request, "AU11");
  set_login_cookie(request, response.headers(), "logout");
  // What the browser has kept of the pages is not shown by its back button (understood over TLS only).
  response.headers().set("Clear-Site-Data", "\"cache\"");
  if (!settings_.logout_target.empty()) return identity::see_other(response, settings_.logout_target);
  if (identity::asker_of(request) == Asker::program) {
    response.set_status(204);
    response.headers().set("Cache-Control", "no-store");
    return Outcome::answered();
  }
  api::LoginPage page;
  page.kind = api::LoginPage::Kind::logged_out;
  page.message = "logout.done";
  page.action = "/";
  page.user = request.attribute(api::kUserAttribute).value_or("");
  return renderer_->render(request, response, page);
}

// The identity becomes the session's, under a new id of it.
Outcome IdentityCreationFilter::establish(api::Request& request, const api::Identity& known) {
  api::Session* session = request.session(api::SessionUse::create);
  if (session) {
    // Somebody else than before: nothing of the session is his.
    const auto before = identity_.user(*session);
    if (before && *before != known.user) {
      session->invalidate();
      session = request.session(api::SessionUse::create);
    }
  }
  if (!session) return Outcome::refused(503, "no_session");
  if (settings_.renews && !session->renew()) return Outcome::refused(503, "session_not_renewed");
  if (!identity_.write(*session, known, clock_.now())) return Outcome::refused(503, "session_store_full");
  const auto or_default = [](std::chrono::seconds one) { return one.count() ? one : api::Session::kOfNewSessions; };
  session->set_limits(settings_.max_lifetime, or_default(settings_.inactive_interval));
  logins_.fetch_add(1, std::memory_order_relaxed);
  observe::log(observe::id::logged_in, "user '%s' logged in from %.*s, session %.*s", known.user.c_str(),
               static_cast<int>(request.client_address().size()), request.client_address().data(),
               static_cast<int>(session->log_id().size()), session->log_id().data());
  return Outcome::answered();
}

Outcome IdentityCreationFilter::log_in(api::Request& request, api::Response& response, api::FilterChain& rest,
                                       const LoginDialogue::Marker& marker) {
  intercepted_.fetch_add(1, std::memory_order_relaxed);
  const Asker asker = settings_.keeps_session ? identity::asker_of(request) : Asker::program;
  const LoginDialogue::Step step = dialogue_.step(request, response, marker, {}, asker);
  if (!step.known) return step.outcome;
  if (!settings_.keeps_session) {
    identity_.publish(*step.known, request);
    return proceed(request, response, rest, step.known->user);
  }
  if (const Outcome refusal = establish(request, *step.known); !refusal.is_answered()) return refusal;
  set_login_cookie(request, response.headers(), "login");
  identity_.publish(*step.known, request);
  // Known without a question: the request itself is what the user wants.
  if (!step.answered_questions && !marker.present) return proceed(request, response, rest, step.known->user);
  if (!settings_.redirects)
    if (const auto stored = dialogue_.take_intercepted(request, marker)) {
      replayed_.fetch_add(1, std::memory_order_relaxed);
      identity::ReplayedRequest replayed(request, *stored);
      return proceed(replayed, response, rest, step.known->user);
    }
  return dialogue_.send_on(request, response, marker);
}

Outcome IdentityCreationFilter::proceed(api::Request& request, api::Response& response, api::FilterChain& rest,
                                        std::string_view user) {
  if (settings_.remote_user) request.set_environment("REMOTE_USER", user);
  const auto leave = [&] { log_out(request, "AU10"); };
  PersonalResponse personal(response, settings_.response_logout_field, leave);
  Outcome outcome = rest.proceed(request, personal);
  if (!outcome.is_answered() && !response.committed()) personal.mark_personal();
  return outcome;
}

Outcome IdentityCreationFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  const auto user = settings_.keeps_session ? known_user(request) : std::nullopt;
  if (wants_logout(request)) return answer_logout(request, response);
  const LoginDialogue::Marker marker = dialogue_.marker(request);
  if (!user) return log_in(request, response, rest, marker);
  if (!marker.present) return proceed(request, response, rest, *user);
  // The user is known meanwhile, in another tab perhaps. What is marked is never forwarded as it is.
  if (const auto stored = dialogue_.take_stored(request, marker)) {
    replayed_.fetch_add(1, std::memory_order_relaxed);
    identity::ReplayedRequest replayed(request, *stored);
    return proceed(replayed, response, rest, *user);
  }
  return dialogue_.send_on(request, response, marker);
}

void IdentityCreationFilter::report(api::StatusWriter& writer) const {
  writer.text("authentication", settings_.authenticator);
  writer.number("logins", number(logins_));
  writer.number("logouts", number(logouts_));
  writer.number("requests_intercepted", number(intercepted_));
  writer.number("requests_repeated", number(replayed_));
}

}  // namespace navajo::filters::identity_creation
