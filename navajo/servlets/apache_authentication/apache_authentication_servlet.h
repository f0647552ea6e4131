// Takes the identity that another module of httpd has established for the request: mod_auth_openidc, mod_authnz_ldap,
// mod_auth_basic, client certificates of mod_ssl. Asked by filters (api/authentication.h); a request that is mapped to
// it gets 404. Nothing the client writes is ever taken. One object per <servlet>, called by all threads and fibers at
// once.
#pragma once

#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/authentication.h"
#include "navajo/api/servlet.h"
#include "navajo/config/pattern.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/value_source.h"

namespace navajo::servlets {

struct ApacheAuthenticationSettings {
  std::string name;  // of the servlet, for log lines
  container::ValueExpression user, roles;
  std::optional<config::Pattern> user_pattern;  // its one group is the user
  char separator = ',';
  std::vector<std::string> default_roles;
  std::vector<std::pair<std::string, container::ValueExpression>> attributes;
  // A value comes from a certificate, which has to be one that mod_ssl has verified.
  bool needs_verified_certificate = false;
};

class ApacheAuthenticationServlet final : public api::Servlet, public api::Authenticator {
 public:
  explicit ApacheAuthenticationServlet(ApacheAuthenticationSettings settings) : settings_(std::move(settings)) {}

  api::Outcome service(api::Request& request, api::Response& response) override;
  api::AuthenticationStep authenticate(api::Request& request, const api::LoginAnswers& answers,
                                       const std::vector<std::string>& needed_roles) override;
  void report(api::StatusWriter& writer) const override;

 private:
  api::AuthenticationStep nobody();
  api::AuthenticationStep unusable(api::Request& request, const std::string& why);

  ApacheAuthenticationSettings settings_;
  std::atomic<uint64_t> accepted_{0}, nobody_{0}, unusable_{0};
};

std::span<const container::ServletRow> apache_authentication_rows();

}  // namespace navajo::servlets
