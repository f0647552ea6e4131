// Who a user is, asked step by step. A filter that lets only known users pass calls an Authenticator (a servlet found
// by its name, Components::servlet()) with what the user answered; each call is one step. Many fibers call at once.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "navajo/api/request.h"

namespace navajo::api {

// Under these names an identity is found by everybody behind the filter that established it: Request::attribute().
inline constexpr std::string_view kUserAttribute = "user.auth.UserId";
inline constexpr std::string_view kRolesAttribute = "user.auth.SecurityRoles";  // joined with ','
inline constexpr std::string_view kRealmAttribute = "user.auth.Realm";

struct Identity {
  std::string user;
  std::vector<std::string> roles;
  // More that is known of the user: becomes Request::attribute("user.auth." + name) and stays with the session. The
  // prefix may stand before the name already.
  std::vector<std::pair<std::string, std::string>> attributes;
};

// One field of the page that asks for the next answers.
struct LoginField {
  std::string name;   // of the form parameter
  std::string label;  // key of a text, for the renderer: "login.user"
  bool secret = false;
};

// What the user sent in: names and values of the form. No answers: the first step.
using LoginAnswers = std::vector<std::pair<std::string_view, std::string_view>>;

struct AuthenticationStep {
  enum class Kind : uint8_t {
    done,         // `identity` is the user
    ask,          // show `fields` with `message`, and call again with the answers
    redirect,     // the user goes on at `location` and comes back
    failed,       // no: show `fields` again with `message`, if there are any
    unavailable,  // nobody can tell now: 503
  };
  Kind kind = Kind::failed;
  Identity identity;
  std::vector<LoginField> fields;
  std::string message;  // key of a text: "login.failed"; never says which of user and password was wrong
  std::string location;
  std::chrono::seconds retry_after{0};  // of failed: not before; 0: at once
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // needed_roles: of a step-up, roles the page asks for; empty at login. May wait (backend, password hash).
  virtual AuthenticationStep authenticate(Request& request, const LoginAnswers& answers,
                                          const std::vector<std::string>& needed_roles) = 0;
};

}  // namespace navajo::api
