// Who draws the pages of a login: a servlet found by its name (Components::servlet()) that a filter hands a LoginPage.
// Many fibers call at once.
#pragma once

#include <chrono>
#include <span>
#include <string_view>
#include <utility>

#include "navajo/api/authentication.h"
#include "navajo/api/request.h"
#include "navajo/api/response.h"
#include "navajo/api/servlet.h"

namespace navajo::api {

// Views are valid during the call.
struct LoginPage {
  enum class Kind : uint8_t {
    login,       // asks for `fields`
    step_up,     // the same, of a user who is known and needs more
    logged_out,  // nothing is asked; `action` leads back to the start
  };
  Kind kind = Kind::login;
  std::string_view message;  // key of a text, "login.failed"; empty: none
  std::span<const LoginField> fields;
  // Where the form goes, by POST, as application/x-www-form-urlencoded; relative, to be escaped for HTML.
  std::string_view action;
  std::chrono::seconds retry_after{0};  // another try makes no sense before
  std::string_view user;                // who is known, of step_up and logged_out
};

class LoginRenderer {
 public:
  virtual ~LoginRenderer() = default;
  // Makes the whole response (nobody may keep it: Cache-Control no-store), or refuses.
  virtual Outcome render(Request& request, Response& response, const LoginPage& page) = 0;
};

}  // namespace navajo::api
