// SecurityRoleFilter: lets a known user pass who has the roles a request needs and none that are forbidden for it. What
// is missing he may get by a step-up, where an authentication servlet is named; else he is refused.
// Facts: nevisproxy-filters-ops.md 2.2. Immutable but for its numbers; called by all threads and fibers.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/conditional_lines.h"
#include "navajo/identity/login_dialogue.h"
#include "navajo/identity/session_identity.h"

namespace navajo::filters::security_role {

// Each line names alternatives.
struct RoleLines {
  container::ConditionalLines lines;
  std::vector<std::vector<std::string>> roles;  // of lines.entries(), with the same indexes
};

struct Settings {
  RoleLines required;   // one of every line
  RoleLines forbidden;  // none at all
  std::string authenticator, renderer;  // empty: no step-up
  std::string state_key;
  identity::DialogueSettings dialogue;
  bool renews = true;
  bool invalidates_on_error = true;
};

class SecurityRoleFilter final : public api::Filter {
 public:
  explicit SecurityRoleFilter(Settings settings);
  void link(const api::Components& components) override;
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  // The alternatives of the first line the user has none of; null: nothing is missing.
  const std::vector<std::string>* missing(api::Request& request) const;
  bool is_forbidden(api::Request& request) const;
  api::Outcome step_up(api::Request& request, api::Response& response, api::FilterChain& rest,
                       const identity::LoginDialogue::Marker& marker, const std::vector<std::string>& needed);
  api::Outcome refuse(api::Request& request, const char* event, const char* cause);

  Settings settings_;
  identity::LoginDialogue dialogue_;
  identity::SessionIdentity identity_;
  std::atomic<uint64_t> passed_{0}, refused_{0}, step_ups_{0};
};

}  // namespace navajo::filters::security_role

namespace navajo::filters {
std::span<const container::FilterRow> security_role_rows();
}
