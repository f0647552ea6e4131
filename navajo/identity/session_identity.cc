#include "navajo/identity/session_identity.h"

#include <charconv>

#include "navajo/http/syntax.h"

namespace navajo::identity {
namespace {

// All that is known of a user begins so: one prefix, and the user before is forgotten as a whole.
constexpr std::string_view kFamily = "user.auth.";

std::string attribute_name(const std::string& name) {
  return name.starts_with(kFamily) ? name : std::string(kFamily) + name;
}

std::string joined(const std::vector<std::string>& roles) {
  std::string out;
  for (const std::string& role : roles) {
    if (!out.empty()) out += ',';
    out += role;
  }
  return out;
}

}  // namespace

bool has_role(std::string_view roles, std::string_view wanted) {
  http::ListWalker walk(roles);
  while (const auto role = walk.next())
    if (*role == wanted) return true;
  return false;
}

SessionIdentity::SessionIdentity(std::string state_key, std::string realm)
    : prefix_(state_key.empty() ? "" : state_key + "/"),
      realm_(std::move(realm)),
      time_name_(name("navajo.auth.time")) {}

void SessionIdentity::forget(api::Session& session) const {
  std::vector<std::string> names;
  session.for_each(name(kFamily), [&](std::string_view one, std::string_view) {
    names.emplace_back(one);
    return true;
  });
  for (const std::string& one : names) (void)session.remove(one);
  (void)session.remove(time_name_);
}

bool SessionIdentity::add_roles(api::Session& session, const std::vector<std::string>& roles) const {
  std::string all(session.get(name(api::kRolesAttribute)).value_or(""));
  for (const std::string& role : roles) {
    if (has_role(all, role)) continue;
    if (!all.empty()) all += ',';
    all += role;
  }
  return session.set(name(api::kRolesAttribute), all);
}

bool SessionIdentity::write(api::Session& session, const api::Identity& identity, base::TimePoint now) const {
  forget(session);
  bool stored = true;
  for (const auto& [attribute, value] : identity.attributes)
    stored = stored && session.set(name(attribute_name(attribute)), value);
  stored = stored && session.set(name(api::kRolesAttribute), joined(identity.roles)) &&
           session.set(name(api::kRealmAttribute), realm_) &&
           session.set(time_name_, std::to_string(now.time_since_epoch().count())) &&
           // Last: with it the user is known.
           session.set(name(api::kUserAttribute), identity.user);
  if (!stored) forget(session);
  return stored;
}

std::optional<base::Duration> SessionIdentity::age(api::Session& session, base::TimePoint now) const {
  const auto text = session.get(time_name_);
  if (!text) return std::nullopt;
  base::Duration::rep ticks = 0;
  if (std::from_chars(text->data(), text->data() + text->size(), ticks).ec != std::errc()) return std::nullopt;
  return now.time_since_epoch() - base::Duration(ticks);
}

std::optional<std::string_view> SessionIdentity::publish(api::Session& session, api::Request& request) const {
  const auto user = session.get(name(api::kUserAttribute));
  if (!user || user->empty()) return std::nullopt;
  request.set_attribute(api::kUserAttribute, *user);
  if (prefix_.empty()) {
    // What else is known is found in the session by whoever asks for it.
    request.set_attribute(api::kRolesAttribute, session.get(api::kRolesAttribute).value_or(""));
    request.set_attribute(api::kRealmAttribute, session.get(api::kRealmAttribute).value_or(""));
  } else {
    session.for_each(name(kFamily), [&](std::string_view one, std::string_view value) {
      request.set_attribute(one.substr(prefix_.size()), value);
      return true;
    });
  }
  return user;
}

void SessionIdentity::publish(const api::Identity& identity, api::Request& request) const {
  for (const auto& [attribute, value] : identity.attributes) request.set_attribute(attribute_name(attribute), value);
  request.set_attribute(api::kRolesAttribute, joined(identity.roles));
  request.set_attribute(api::kRealmAttribute, realm_);
  request.set_attribute(api::kUserAttribute, identity.user);
}

}  // namespace navajo::identity
