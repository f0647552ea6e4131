// Asks an HTTP service who the user is, through a connector of the application: the forward-auth convention of Traefik
// and of nginx's auth_request; README.md of this folder has the details. Asked by filters (api/authentication.h); a
// request that is mapped to it gets 404. One object per <servlet>, called by all threads and fibers of a child at once;
// a call waits for the service, at most as long as the connector does.
#pragma once

#include <atomic>
#include <span>

#include "navajo/api/authentication.h"
#include "navajo/api/servlet.h"
#include "navajo/servlets/http_authentication/identity_cache.h"
#include "navajo/servlets/http_authentication/settings.h"

namespace navajo::servlets {

class HttpAuthenticationServlet final : public api::Servlet, public api::Authenticator {
 public:
  HttpAuthenticationServlet(http_authentication::Settings settings, const base::Clock& clock);

  void link(const api::Components& components) override { service_ = components.servlet(settings_.servlet); }
  api::Outcome service(api::Request& request, api::Response& response) override;
  api::AuthenticationStep authenticate(api::Request& request, const api::LoginAnswers& answers,
                                       const std::vector<std::string>& needed_roles) override;
  void report(api::StatusWriter& writer) const override;

 private:
  enum class Answers : uint8_t { none, sent };
  api::AuthenticationStep step(api::Request& request, int status, const http::Headers& fields, Answers answers);
  api::AuthenticationStep accept(api::Request& request, const http::Headers& fields);
  api::AuthenticationStep ask(const http::Headers& fields, Answers answers);
  api::AuthenticationStep unavailable(api::Request& request, const std::string& why);

  http_authentication::Settings settings_;
  const base::Clock& clock_;
  api::Servlet* service_ = nullptr;
  http_authentication::IdentityCache cache_;
  std::atomic<uint64_t> asked_{0}, accepted_{0}, refused_{0}, redirected_{0}, unavailable_{0};
};

std::span<const container::ServletRow> http_authentication_rows();

}  // namespace navajo::servlets
