#include "navajo/container/context_policy.h"

#include <algorithm>

namespace navajo::container {
namespace {

using config::UnsecureConnection;

constexpr std::string_view kUsualMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

UnsecureConnection possible(const config::ContextElement& context, const config::HostElement& host) {
  const bool nowhere = context.redirect_origin->empty() && !host.secure_port;
  if (*context.unsecure_connection == UnsecureConnection::redirect && nowhere) return UnsecureConnection::deny;
  return *context.unsecure_connection;
}

}  // namespace

ContextPolicy::ContextPolicy(const config::ContextElement& context, const config::HostElement& host)
    : unsecure_(possible(context, host)),
      origin_(*context.redirect_origin),
      host_(*host.name),
      names_{*host.name},
      any_method_(!context.allowed_methods.given),
      methods_(*context.allowed_methods) {
  if (host.secure_port && *host.secure_port != 443) suffix_ = ":" + std::to_string(*host.secure_port);
  for (const std::string& alias : *host.server_alias) {
    if (alias.compare(0, 2, "*.") == 0)
      suffixes_.push_back(alias.substr(1));
    else
      names_.push_back(alias);
  }
  for (const std::string& method : methods_) allow_ += (allow_.empty() ? "" : ", ") + method;
  if (any_method_) allow_ = kUsualMethods;
}

bool ContextPolicy::lets_in(std::string_view method) const {
  if (any_method_) return method != "TRACE";
  return std::find(methods_.begin(), methods_.end(), method) != methods_.end();
}

bool ContextPolicy::is_ours(std::string_view host) const {
  if (std::find(names_.begin(), names_.end(), host) != names_.end()) return true;
  return std::any_of(suffixes_.begin(), suffixes_.end(), [&](const std::string& suffix) {
    return host.size() > suffix.size() && host.substr(host.size() - suffix.size()) == suffix;
  });
}

// 302 for what may be fetched again as GET; 308 where method and body have to stay what they are.
api::Outcome ContextPolicy::redirect(api::Request& request, api::Response& response) const {
  const bool fetch = request.method() == "GET" || request.method() == "HEAD";
  std::pmr::string location(&request.memory());
  if (origin_.empty()) {
    // A name that only defaultHost caught is the client's word: it leads nowhere but to the Host's own.
    const std::string_view host = request.host();
    location.append("https://").append(is_ours(host) ? host : std::string_view(host_)).append(suffix_);
  } else {
    location.append(origin_);
  }
  location.append(request.target());
  request.set_environment("NAVAJO_CAUSE", "unsecure_connection");
  if (fetch)
    response.set_status(302, "Found");
  else
    response.set_status(308, "Permanent Redirect");
  response.headers().set("Location", location);
  response.headers().set("Cache-Control", "no-store");
  response.set_content_length(0);
  (void)response.finish();
  return api::Outcome::answered();
}

std::optional<api::Outcome> ContextPolicy::judge(api::Request& request, api::Response& response) const {
  if (unsecure_ != UnsecureConnection::allow && !request.secure()) {
    if (unsecure_ == UnsecureConnection::redirect) return redirect(request, response);
    return api::Outcome::refused(403, "unsecure_connection");
  }
  if (lets_in(request.method())) return std::nullopt;
  response.headers().set("Allow", allow_);
  return api::Outcome::refused(405, "method_not_allowed");
}

}  // namespace navajo::container
