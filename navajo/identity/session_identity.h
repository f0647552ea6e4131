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

class SessionIdentity {
 public:
  // state_key: keeps the identities of several filters in one session apart; may be empty.
  SessionIdentity(std::string state_key, std::string realm);

  // False: the session takes no more; it holds no identity then. Whoever was known before is forgotten.
  [[nodiscard]] bool write(api::Session& session, const api::Identity& identity, base::TimePoint now) const;
  // A step-up: the user has these as well. False: the session takes no more, nothing has changed.
  [[nodiscard]] bool add_roles(api::Session& session, const std::vector<std::string>& roles) const;
  void forget(api::Session& session) const;
  // In the request's memory.
  std::optional<std::string_view> user(api::Session& session) const { return session.get(name(api::kUserAttribute)); }
  // How long ago the user was asked; none: nobody is known.
  std::optional<base::Duration> age(api::Session& session, base::TimePoint now) const;
  // Request attributes for the elements behind. The user, in the request's memory; none: nobody is known.
  std::optional<std::string_view> publish(api::Session& session, api::Request& request) const;
  // Of an identity that is in no session.
  void publish(const api::Identity& identity, api::Request& request) const;

 private:
  std::string name(std::string_view attribute) const { return prefix_ + std::string(attribute); }
  std::string prefix_, realm_, time_name_;
};

}  // namespace navajo::identity
