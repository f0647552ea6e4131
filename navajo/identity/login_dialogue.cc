#include "navajo/identity/login_dialogue.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "navajo/api/event.h"
#include "navajo/base/random.h"
#include "navajo/http/accept.h"
#include "navajo/http/form.h"
#include "navajo/http/request_target.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"

namespace navajo::identity {
namespace {

using api::AuthenticationStep;
using api::Outcome;
using Kind = AuthenticationStep::Kind;

constexpr size_t kTokenBytes = 16, kMacDigits = 32;
// A longer one is not carried along: browsers and servers have limits of their own for a URL.
constexpr size_t kLongestUrl = 2000;
constexpr size_t kMostAnswers = 50;

std::string hex(const uint8_t* bytes, size_t length) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < length; i++) out.append({kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]});
  return out;
}

bool same_secret(std::string_view a, std::string_view b) {
  return !a.empty() && a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

bool is_form(const http::Headers& headers) { return http::is_form_type(headers.get("Content-Type").value_or("")); }

// Another site's form: to repeat it after the login would do what the cookie's SameSite prevents.
bool is_from_elsewhere(api::Request& request) {
  const auto origin = request.headers().get("Origin");
  if (!origin) return false;
  const size_t scheme = origin->find("://");
  return scheme == std::string_view::npos || !http::same_name(origin->substr(scheme + 3), request.authority());
}

std::string_view keep(api::Request& request, std::string_view text) {
  return *std::pmr::polymorphic_allocator<>(&request.memory()).new_object<std::pmr::string>(text);
}

}  // namespace

std::string_view local_target(std::string_view target) {
  if (!http::is_request_target(target) || target[0] != '/') return "/";
  while (target.size() > 1 && (target[1] == '/' || target[1] == '\\')) target.remove_prefix(1);
  return target[0] == '/' ? target : "/";
}

Asker asker_of(api::Request& request) {
  const std::string_view method = request.method();
  const bool by_page = method == "GET" || method == "HEAD" || method == "POST";
  return by_page && http::can_show_page(request.headers()) ? Asker::person : Asker::program;
}

Outcome see_other(api::Response& response, std::string_view location) {
  response.set_status(303);
  response.headers().set("Location", location);
  response.headers().set("Cache-Control", "no-store");
  response.set_content_length(0);
  return Outcome::answered();
}

void LoginDialogue::link(const api::Components& components, const std::string& authenticator,
                         const std::string& renderer) {
  authenticator_ = &api::linked_servlet<api::Authenticator>(components, authenticator, "authenticates nobody");
  renderer_ = &api::linked_servlet<api::LoginRenderer>(components, renderer, "renders no login pages");
}

LoginDialogue::Marker LoginDialogue::marker(api::Request& request) const {
  Marker found;
  const std::string_view query = request.query();
  if (query.find(settings_.marker) == std::string_view::npos) return found;  // nearly all requests
  http::FormWalker walk(query, request.memory());
  while (const auto field = walk.next()) {
    if (field->name == settings_.marker) {
      found.present = true;
      found.token = field->value;
    } else if (field->name == "navajo.url") {
      found.url = field->value;
    } else if (field->name == "navajo.mac") {
      found.mac = field->value;
    }
  }
  return found;
}

bool LoginDialogue::is_token(api::Session* session, std::string_view token) const {
  if (!session) return false;
  const auto kept = session->get(name("token"));
  return kept && same_secret(*kept, token);
}

std::string LoginDialogue::mac(std::string_view token, std::string_view url) const {
  std::string key(token);
  key.append(1, '\0').append(settings_.url_key);
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const uint8_t*>(url.data()),
            url.size(), digest.data(), &length) ||
      length < kMacDigits / 2)
    return {};
  return hex(digest.data(), kMacDigits / 2);
}

// Of the form's own URL, if it is as we made it.
std::string_view LoginDialogue::wanted_url(api::Request& request, const Marker& marker) const {
  if (!settings_.keep_url || marker.url.empty()) return {};
  api::Session* session = request.session(api::SessionUse::existing);
  if (!is_token(session, marker.token) || !same_secret(mac(marker.token, marker.url), marker.mac)) return {};
  return marker.url;
}

void LoginDialogue::append_marker(api::Request& request, std::string_view token, std::string_view url,
                                  std::pmr::string& to) const {
  // Whatever the path begins with, the browser stays on this server.
  to.append(local_target(path_of(request.target()))).append("?").append(settings_.marker).append("=").append(token);
  if (!settings_.keep_url || url.empty() || url.size() > kLongestUrl) return;
  to.append("&navajo.url=");
  http::form_encode(url, to);
  to.append("&navajo.mac=").append(mac(token, url));
}

std::string_view LoginDialogue::token_of(api::Request& request, api::Session& session) const {
  if (const auto kept = session.get(name("token")); kept && !kept->empty()) return *kept;
  uint8_t bytes[kTokenBytes];
  if (!base::random_bytes(bytes, sizeof bytes)) return {};
  const std::string_view made = keep(request, hex(bytes, sizeof bytes));
  if (!session.set(name("token"), made)) return {};
  // A parallel request may have been first: its token counts, or its page would not.
  const auto counts = session.get(name("token"));
  return counts ? *counts : std::string_view();
}

std::optional<Outcome> LoginDialogue::read_answers(api::Request& request, const Marker& marker, Answers& into) const {
  if (!marker.present || request.method() != "POST" || !is_form(request.headers()) ||
      !is_token(request.session(api::SessionUse::existing), marker.token))
    return std::nullopt;
  auto& text = *std::pmr::polymorphic_allocator<>(&request.memory()).new_object<std::pmr::string>();
  if (const Outcome read = api::read_body(request.body(), settings_.body_limit, text); !read.is_answered()) return read;
  http::FormWalker walk(text, request.memory());
  while (const auto field = walk.next()) {
    if (into.fields.size() == kMostAnswers) return Outcome::refused(400, "too_many_parameters");
    into.fields.emplace_back(field->name, field->value);
  }
  into.given = true;
  return std::nullopt;
}

// What is to be repeated when the user is known. What cannot be stored is asked for once more, by GET.
std::optional<Outcome> LoginDialogue::remember(api::Request& request, api::Session& session, bool marked) const {
  std::pmr::memory_resource& memory = request.memory();
  // Of a marked request the query is ours and the body holds credentials.
  StoredRequest stored{"GET", marked ? path_of(request.target()) : request.target(), {}, {}};
  std::pmr::string body(&memory);
  if (!marked && request.method() == "POST" && settings_.store_request && !is_from_elsewhere(request)) {
    const Outcome read = api::read_body(request.body(), settings_.body_limit, body);
    if (read.is_answered()) {
      stored.method = "POST";
      stored.content_type = request.headers().get("Content-Type").value_or("");
      stored.body = body;
    } else if (read.status != 413) {
      return read;
    } else {
      observe::log(observe::id::intercepted_request_too_large,
                   "the body of request %.*s is too long to be kept over a login, it is not repeated afterwards",
                   static_cast<int>(request.id().size()), request.id().data());
    }
  }
  if (session.set(name("request"), stored.text(memory))) return std::nullopt;
  stored = {"GET", stored.target, {}, {}};
  if (session.set(name("request"), stored.text(memory))) return std::nullopt;
  return Outcome::refused(503, "session_store_full");
}

Outcome LoginDialogue::ask(api::Request& request, api::Response& response, const Marker& marker,
                           const AuthenticationStep& step, bool answered) const {
  const bool begins = !request.session(api::SessionUse::existing);
  api::Session* session = request.session(api::SessionUse::create);
  if (!session) return Outcome::refused(503, "no_session");
  if (begins && settings_.timeout.count() > 0) session->set_limits(std::chrono::seconds(0), settings_.timeout);
  if (!answered)
    if (const auto refusal = remember(request, *session, marker.present)) return *refusal;
  const std::string_view token = token_of(request, *session);
  if (token.empty()) return Outcome::refused(503, "session_store_full");
  if (answered && settings_.renew_each_step && !session->renew()) return Outcome::refused(503, "session_not_renewed");

  std::string_view url = wanted_url(request, marker);
  const std::string_view method = request.method();
  if (url.empty() && !marker.present && (method == "GET" || method == "HEAD")) url = request.target();
  std::pmr::string action(&request.memory());
  append_marker(request, token, url, action);
  api::LoginPage page;
  page.kind = settings_.page;
  // Its form came too late: the session it belonged to has ended.
  page.message = marker.present && !answered ? "login.expired" : std::string_view(step.message);
  page.fields = step.fields;
  page.action = action;
  page.retry_after = step.retry_after;
  page.user = request.attribute(api::kUserAttribute).value_or("");
  api::note_event(request, settings_.events + (step.kind == Kind::failed ? "07" : "04"));
  return renderer_->render(request, response, page);
}

LoginDialogue::Step LoginDialogue::step(api::Request& request, api::Response& response, const Marker& marker,
                                        const std::vector<std::string>& needed_roles, Asker asker) const {
  Answers answers;
  if (const auto refusal = read_answers(request, marker, answers)) return {std::nullopt, false, *refusal};
  AuthenticationStep step = authenticator_->authenticate(request, answers.fields, needed_roles);
  const auto made = [](Outcome outcome) { return Step{std::nullopt, false, outcome}; };
  switch (step.kind) {
    case Kind::done:
      if (step.identity.user.empty()) return made(Outcome::refused(500, "authenticated_nobody"));
      api::note_event(request, settings_.events + "05");
      return {std::move(step.identity), answers.given, Outcome::answered()};
    case Kind::unavailable: return made(Outcome::refused(503, "authentication_unavailable"));
    case Kind::failed:
    case Kind::ask:
      if (step.fields.empty()) {
        api::note_event(request, settings_.events + "07");
        return made(Outcome::refused(403, "authentication_failed"));
      }
      if (asker == Asker::program) {
        // RFC 9110 11.6.1 wants a challenge; no browser knows this one, so none shows a dialogue of its own.
        response.headers().set("WWW-Authenticate", "Navajo-Login");
        return made(Outcome::refused(401, "login_required"));
      }
      return made(ask(request, response, marker, step, answers.given));
    case Kind::redirect: break;
  }
  if (!http::is_field_value(step.location) || step.location.empty())
    return made(Outcome::refused(502, "authentication_redirect_invalid"));
  if (asker == Asker::person && !answers.given) {
    api::Session* session = request.session(api::SessionUse::create);
    if (!session) return made(Outcome::refused(503, "no_session"));
    if (const auto refusal = remember(request, *session, marker.present)) return made(*refusal);
  }
  api::note_event(request, settings_.events + "03");
  return made(see_other(response, step.location));
}

Outcome LoginDialogue::send_on(api::Request& request, api::Response& response, const Marker& marker) const {
  api::Session* session = request.session(api::SessionUse::existing);
  std::string_view target = wanted_url(request, marker);
  const auto text = session ? session->get(name("request")) : std::nullopt;
  const auto stored = text ? StoredRequest::parse(*text) : std::nullopt;
  // The form of a page that was asked for by GET names its target: what another tab has stored is not for this one.
  if (stored && target.empty() && is_token(session, marker.token)) {
    target = stored->target;
    if (stored->has_body()) {
      std::pmr::string location(local_target(path_of(target)), &request.memory());
      location.append("?").append(settings_.marker).append("=").append(marker.token);
      return see_other(response, location);
    }
  }
  if (text) (void)session->remove(name("request"));
  return see_other(response, local_target(target.empty() ? path_of(request.target()) : target));
}

std::optional<StoredRequest> LoginDialogue::take_intercepted(api::Request& request, const Marker& marker) const {
  api::Session* session = request.session(api::SessionUse::existing);
  if (!is_token(session, marker.token)) return std::nullopt;
  std::optional<StoredRequest> taken;
  if (const std::string_view url = wanted_url(request, marker); !url.empty()) {
    taken = StoredRequest{"GET", url, {}, {}};
  } else if (const auto text = session->get(name("request"))) {
    taken = StoredRequest::parse(*text);
  }
  if (!taken || !has_path(taken->target, request.path())) return std::nullopt;
  (void)session->remove(name("request"));
  return taken;
}

std::optional<StoredRequest> LoginDialogue::take_stored(api::Request& request, const Marker& marker) const {
  if (!marker.present || request.method() != "GET") return std::nullopt;
  api::Session* session = request.session(api::SessionUse::existing);
  if (!is_token(session, marker.token)) return std::nullopt;
  const auto text = session->get(name("request"));
  const auto stored = text ? StoredRequest::parse(*text) : std::nullopt;
  if (!stored || !stored->has_body() || !has_path(stored->target, request.path())) return std::nullopt;
  // Of two requests that come here at once one repeats it.
  if (!session->remove(name("request"))) return std::nullopt;
  return stored;
}

}  // namespace navajo::identity
