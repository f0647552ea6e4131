// How a user is asked who he is: step by step, by an authentication servlet and a renderer of pages, between the
// request that was intercepted and the one that goes on. Used by filters; what is known of a user they keep
// themselves.
//
// The forms of the pages go to the URL the user was asked at, with a query of our own,
//   ?navajo.login=TOKEN&navajo.url=TARGET&navajo.mac=MAC
// so no URL is taken from the application, and a request so marked is never forwarded: credentials reach no backend.
// TOKEN is random and stands in the session: no other site can send a form in a user's name. TARGET is where the user
// wanted to go, each tab its own, protected by MAC. The state is in the session under `state`: token, and the
// request that was intercepted.
// Made in the parent; all functions any thread or fiber.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/authentication.h"
#include "navajo/api/login_renderer.h"
#include "navajo/api/request.h"
#include "navajo/api/servlet.h"
#include "navajo/identity/stored_request.h"

namespace navajo::identity {

struct DialogueSettings {
  std::string marker = "navajo.login";  // the query parameter
  std::string state = "navajo.login.";  // before the names of session attributes
  std::string events = "AU";            // of event codes: AU login, AS step-up
  bool store_request = true;            // else only where it went
  bool keep_url = true;                 // in the forms, protected
  std::string url_key;                  // part of what protects it
  uint64_t body_limit = 32768;          // bytes of answers, and of a request that is stored
  bool renew_each_step = true;
  std::chrono::seconds timeout{300};  // of a session that the dialogue began
  api::LoginPage::Kind page = api::LoginPage::Kind::login;
};

// Whether whoever asks can show a page to somebody.
enum class Asker : uint8_t { person, program };

class LoginDialogue {
 public:
  explicit LoginDialogue(DialogueSettings settings) : settings_(std::move(settings)) {}
  // Throws api::LinkFault.
  void link(const api::Components& components, const std::string& authenticator, const std::string& renderer);

  // Our part of the query.
  struct Marker {
    bool present = false;
    std::string_view token, url, mac;  // decoded
  };
  Marker marker(api::Request& request) const;

  // Either a user is known, or the response is made (or refused).
  struct Step {
    std::optional<api::Identity> known;
    bool answered_questions = false;  // known by answers: the user stands on a page of the dialogue
    api::Outcome outcome;
  };
  Step step(api::Request& request, api::Response& response, const Marker& marker,
            const std::vector<std::string>& needed_roles, Asker asker) const;

  // For a user who answered the last question, or came back to a page of a dialogue that is over: the way to where he
  // wanted to go. A request that is to be repeated stays stored, all others go.
  api::Outcome send_on(api::Request& request, api::Response& response, const Marker& marker) const;
  // The request that led to the answers of this one, if it was for the same path; it stays stored no longer. In the
  // request's memory.
  std::optional<StoredRequest> take_intercepted(api::Request& request, const Marker& marker) const;
  // A marked request of a known user that send_on() led to, once: in the request's memory.
  std::optional<StoredRequest> take_stored(api::Request& request, const Marker& marker) const;

 private:
  struct Answers {
    bool given = false;
    api::LoginAnswers fields;
  };
  bool is_token(api::Session* session, std::string_view token) const;
  std::optional<api::Outcome> read_answers(api::Request& request, const Marker& marker, Answers& into) const;
  std::optional<api::Outcome> remember(api::Request& request, api::Session& session, bool marked) const;
  api::Outcome ask(api::Request& request, api::Response& response, const Marker& marker,
                   const api::AuthenticationStep& step, bool answered) const;
  std::string_view token_of(api::Request& request, api::Session& session) const;
  std::string mac(std::string_view token, std::string_view url) const;
  std::string_view wanted_url(api::Request& request, const Marker& marker) const;
  void append_marker(api::Request& request, std::string_view token, std::string_view url, std::pmr::string& to) const;
  std::string name(const char* of) const { return settings_.state + of; }

  DialogueSettings settings_;
  api::Authenticator* authenticator_ = nullptr;
  api::LoginRenderer* renderer_ = nullptr;
};

// Methods that no page sends belong to programs, and so does what a page's scripts ask for.
Asker asker_of(api::Request& request);
// 303 to a place of this server.
api::Outcome see_other(api::Response& response, std::string_view location);
// A target that names a place of this server and nothing else, whoever made it: "//evil.test/" is "/evil.test/".
std::string_view local_target(std::string_view target);

}  // namespace navajo::identity
