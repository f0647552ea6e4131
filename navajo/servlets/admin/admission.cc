#include "navajo/servlets/admin/admission.h"

#include <algorithm>

#include "navajo/base/clock.h"
#include "navajo/config/text.h"

namespace navajo::servlets::admin {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::chrono::seconds kFailureWindow{60};

base::Failed<Refused> refused(int status, const char* code, std::string text) {
  return {Refused{status, code, std::move(text)}};
}

// A browser says where a page that asks comes from; a script says nothing, and has the token.
bool is_of_another_origin(api::Request& request) {
  if (const auto site = request.headers().get("Sec-Fetch-Site"); site && *site != "same-origin" && *site != "none")
    return true;
  const auto origin = request.headers().get("Origin");
  if (!origin) return false;
  const std::string own = std::string(request.secure() ? "https://" : "http://") + std::string(request.authority());
  return !config::same_word(*origin, own);
}

}  // namespace

std::optional<Refused> Admission::judge_way(api::Request& request) const {
  if (settings_.port != 0 && request.server_port() != settings_.port)
    return Refused{403, "port_not_allowed", "this listener is not the one for administration"};
  if (!settings_.allowed.contains(request.client_address()) || !settings_.allowed.contains(request.peer_address()))
    return Refused{403, "address_not_allowed", "AllowFrom does not have your address"};
  if (std::find(settings_.hosts.begin(), settings_.hosts.end(), request.host()) == settings_.hosts.end())
    return Refused{421, "host_not_allowed", "Hosts does not have the name you asked for"};
  return std::nullopt;
}

limits::Key Admission::key_of(std::string_view address) const {
  limits::KeyBuilder key(settings_.limits->secret());
  return key.part("navajo admin").part(address).finish();
}

std::optional<Refused> Admission::too_many_failures(std::string_view address) const {
  if (!settings_.limits) return std::nullopt;
  const limits::RateDecision decision =
      settings_.limits->rate(key_of(address), {.limit = settings_.failures_per_minute, .window = kFailureWindow},
                             base::system_clock().now(), 0);
  if (decision.allowed) return std::nullopt;
  Refused out{429, "too_many_failures", "too many wrong tokens came from your address"};
  out.retry_after = static_cast<uint64_t>(decision.retry_after.count() + 999) / 1000;
  return out;
}

base::Result<Caller, Refused> Admission::judge_caller(api::Request& request, Changes changes) {
  const std::string address(request.client_address());
  if (is_of_another_origin(request))
    return refused(403, "other_origin", "a page of another origin asks");
  if (changes == Changes::yes) {
    const std::string_view type = request.headers().get("Content-Type").value_or("");
    if (!config::same_word(config::trim(type.substr(0, type.find(';'))), "application/json"))
      return refused(415, "not_json", "a change has to come as application/json");
  }
  if (auto many = too_many_failures(address)) return base::Failed<Refused>{std::move(*many)};
  const std::string_view field = request.headers().get("Authorization").value_or("");
  if (field.empty()) return refused(401, "no_token", "Authorization: Bearer TOKEN is missing");
  const auto tokens = tokens_->tokens(base::system_clock().now());
  const bool bearer = field.size() > kBearer.size() && config::same_word(field.substr(0, kBearer.size()), kBearer);
  const Token* token = bearer ? find_token(*tokens, config::trim(field.substr(kBearer.size()))) : nullptr;
  if (token) return Caller{token->role, token->name, address};
  if (settings_.limits)
    (void)settings_.limits->rate(key_of(address),
                                 {.limit = settings_.failures_per_minute, .window = kFailureWindow},
                                 base::system_clock().now(), 1);
  return refused(401, "wrong_token", "the token is none of TokenFile's");
}

}  // namespace navajo::servlets::admin
