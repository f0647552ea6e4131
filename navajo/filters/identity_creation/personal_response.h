// The response to a user who is known: no cache that others use keeps it, and a backend may end the login with a field
// of it. One request, on the filter's stack.
#pragma once

#include <string>

#include "navajo/api/response.h"
#include "navajo/base/function_ref.h"

namespace navajo::filters::identity_creation {

class PersonalResponse final : public api::ResponseWrapper {
 public:
  // logout_field: empty: no field ends the login. The client does not see it. What log_out calls lives as long.
  PersonalResponse(api::Response& inner, const std::string& logout_field, base::FunctionRef<void()> log_out)
      : ResponseWrapper(inner), logout_field_(logout_field), log_out_(log_out) {}

  void mark_personal();

 protected:
  void before_commit() override;

 private:
  const std::string& logout_field_;
  base::FunctionRef<void()> log_out_;
};

// Cache-Control of a response nobody else may be given: as it is where it says private or no-store; else what lets
// shared caches keep it goes (public, s-maxage, must-revalidate's companions stay) and private comes. Empty: private,
// no-cache. Source: RFC 9111 5.2.2.
std::string private_cache_control(std::string_view field);

}  // namespace navajo::filters::identity_creation
