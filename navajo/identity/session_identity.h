// Who a session belongs to: what is kept in it when a user is known, and what requests of it are told.
// Values; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/authentication.h"
#include "navajo/api/request.h"
#include "navajo/base/clock.h"

namespace navajo::identity {

// Whether kRolesAttribute's value has that role.
bool has_role(std::string_view roles, std::string_view wanted);

// Behind the StateKey: the one attribute that all decisions are made on, and whom it names.
inline constexpr std::string_view kIdentityAttribute = "navajo.identity";
std::optional<std::string_view> user_of(std::string_view identity_attribute);

// One attribute holds all of it, so that of logins at the same time one counts as a whole: what is decided on is never
// a mixture. Beside it stand attributes of the same names as those of requests, for SESSION: and for administrators.
class SessionIdentity {
 public:
  // state_key: keeps the identities of several filters in one session apart; may be empty.
  SessionIdentity(std::string state_key, std::string realm);

  // False: the session takes no more; it holds no identity then. Whoever was known before is forgotten.
  [[nodiscard]] bool write(api::Session& session, const api::Identity& identity, base::TimePoint now) const;
  // A step-up: the user has these as well. False: the session takes no more, and nothing that decides has changed.
  [[nodiscard]] bool add_roles(api::Session& session, const std::vector<std::string>& roles) const;
  void forget(api::Session& session) const;

  // In the request's memory, as long as the session's get() has it.
  std::optional<std::string_view> user(api::Session& session) const;
  // Request attributes for the elements behind, unless the user was asked `oldest` ago or longer (0: that is never too
  // long). The user; none: nobody is known, or not recently enough.
  std::optional<std::string_view> publish(api::Session& session, api::Request& request, base::TimePoint now,
                                          std::chrono::seconds oldest) const;
  // Of an identity that is in no session.
  void publish(const api::Identity& identity, api::Request& request) const;

 private:
  bool store(api::Session& session, std::string_view user, std::string_view roles, std::string_view realm,
             std::string_view time, std::string_view rest) const;
  std::string name(std::string_view attribute) const { return prefix_ + std::string(attribute); }
  std::string prefix_, realm_, whole_name_;
};

}  // namespace navajo::identity
