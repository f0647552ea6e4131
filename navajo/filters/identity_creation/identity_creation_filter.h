// IdentityCreationFilter: behind it there are only requests of users who are known. Others are intercepted: an
// authentication servlet is asked, step by step with pages of a renderer where it asks for something; the session is
// renewed and the identity stored in it; then the request goes on. Logout by path, by a field of the request or of the
// backend's response. Facts: nevisproxy-filters-ops.md 2.1, 3.3, 3.4.
// Immutable but for its numbers; called by all threads and fibers.
#pragma once

#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/base/clock.h"
#include "navajo/config/pattern.h"
#include "navajo/container/catalogue.h"
#include "navajo/identity/login_dialogue.h"
#include "navajo/identity/session_identity.h"

namespace navajo::filters::identity_creation {

struct Settings {
  std::string authenticator, renderer;  // names of servlets
  std::string state_key, realm;
  identity::DialogueSettings dialogue;
  bool keeps_session = true;  // else every request is asked for anew
  bool redirects = true;      // after a login, else the request goes on at once where it can
  bool renews = true;
  std::chrono::seconds inactive_interval{0}, max_lifetime{0};  // of a session with an identity; 0: the store's
  std::chrono::seconds reauth_interval{0};                     // 0: never
  std::vector<config::Pattern> logout_paths;
  std::string request_logout_field, response_logout_field;
  bool logout_ends_session = true;  // else the identity alone goes
  std::string logout_target;        // empty: a page
  std::string login_cookie;         // empty: none is sent
  bool remote_user = true;
};

class IdentityCreationFilter final : public api::Filter {
 public:
  IdentityCreationFilter(Settings settings, const base::Clock& clock);
  void link(const api::Components& components) override;
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  std::optional<std::string_view> known_user(api::Request& request) const;
  bool wants_logout(api::Request& request) const;
  void log_out(api::Request& request, const char* event);
  api::Outcome answer_logout(api::Request& request, api::Response& response);
  api::Outcome log_in(api::Request& request, api::Response& response, api::FilterChain& rest,
                      const identity::LoginDialogue::Marker& marker);
  api::Outcome establish(api::Request& request, const api::Identity& known);
  api::Outcome proceed(api::Request& request, api::Response& response, api::FilterChain& rest, std::string_view user);
  void set_login_cookie(api::Request& request, http::Headers& fields, const char* value) const;

  Settings settings_;
  const base::Clock& clock_;
  identity::LoginDialogue dialogue_;
  identity::SessionIdentity identity_;
  api::LoginRenderer* renderer_ = nullptr;
  std::atomic<uint64_t> logins_{0}, logouts_{0}, intercepted_{0}, replayed_{0};
};

}  // namespace navajo::filters::identity_creation

namespace navajo::filters {
std::span<const container::FilterRow> identity_creation_rows();
}
