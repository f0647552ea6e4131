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

// A text with its length before it, so that it may hold anything.
void append_piece(std::string_view text, std::string& to) {
  to.append(std::to_string(text.size())).append(":").append(text);
}

std::optional<std::string_view> take_piece(std::string_view& from) {
  size_t length = 0;
  const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), length);
  const size_t digits = static_cast<size_t>(end - from.data());
  if (error != std::errc() || digits >= from.size() || from[digits] != ':' || length > from.size() - digits - 1)
    return std::nullopt;
  const std::string_view piece = from.substr(digits + 1, length);
  from.remove_prefix(digits + 1 + length);
  return piece;
}

struct Whole {
  std::string_view user, roles, realm, time;
  std::string_view rest;  // pieces: name and value of each attribute
};

std::optional<Whole> parse(std::string_view text) {
  Whole out;
  for (std::string_view* part : {&out.user, &out.roles, &out.realm, &out.time}) {
    const auto piece = take_piece(text);
    if (!piece) return std::nullopt;
    *part = *piece;
  }
  out.rest = text;
  if (out.user.empty()) return std::nullopt;
  return out;
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

std::optional<std::string_view> user_of(std::string_view identity_attribute) {
  const auto whole = parse(identity_attribute);
  if (!whole) return std::nullopt;
  return whole->user;
}

SessionIdentity::SessionIdentity(std::string state_key, std::string realm)
    : prefix_(state_key.empty() ? "" : state_key + "/"),
      realm_(std::move(realm)),
      whole_name_(name(kIdentityAttribute)) {}

void SessionIdentity::forget(api::Session& session) const {
  // First of all what decides.
  (void)session.remove(whole_name_);
  std::vector<std::string> names;
  session.for_each(name(kFamily), [&](std::string_view one, std::string_view) {
    names.emplace_back(one);
    return true;
  });
  for (const std::string& one : names) (void)session.remove(one);
}

bool SessionIdentity::store(api::Session& session, std::string_view user, std::string_view roles,
                            std::string_view realm, std::string_view time, std::string_view rest) const {
  std::string whole;
  for (const std::string_view part : {user, roles, realm, time}) append_piece(part, whole);
  whole.append(rest);
  return session.set(name(api::kRolesAttribute), roles) && session.set(name(api::kRealmAttribute), realm) &&
         session.set(name(api::kUserAttribute), user) &&
         // Last: with it the user is known.
         session.set(whole_name_, whole);
}

bool SessionIdentity::write(api::Session& session, const api::Identity& identity, base::TimePoint now) const {
  forget(session);
  bool stored = true;
  std::string rest;
  for (const auto& [attribute, value] : identity.attributes) {
    const std::string own = attribute_name(attribute);
    stored = stored && session.set(name(own), value);
    append_piece(own, rest);
    append_piece(value, rest);
  }
  stored = stored && store(session, identity.user, joined(identity.roles), realm_,
                           std::to_string(now.time_since_epoch().count()), rest);
  if (!stored) forget(session);
  return stored;
}

bool SessionIdentity::add_roles(api::Session& session, const std::vector<std::string>& roles) const {
  const auto text = session.get(whole_name_);
  const auto whole = text ? parse(*text) : std::nullopt;
  if (!whole) return false;
  std::string all(whole->roles);
  for (const std::string& role : roles) {
    if (has_role(all, role)) continue;
    if (!all.empty()) all += ',';
    all += role;
  }
  return store(session, whole->user, all, whole->realm, whole->time, whole->rest);
}

std::optional<std::string_view> SessionIdentity::user(api::Session& session) const {
  const auto text = session.get(whole_name_);
  return text ? user_of(*text) : std::nullopt;
}

std::optional<std::string_view> SessionIdentity::publish(api::Session& session, api::Request& request,
                                                         base::TimePoint now, std::chrono::seconds oldest) const {
  const auto text = session.get(whole_name_);
  const auto whole = text ? parse(*text) : std::nullopt;
  if (!whole) return std::nullopt;
  if (oldest.count() > 0) {
    base::Duration::rep ticks = 0;
    if (std::from_chars(whole->time.data(), whole->time.data() + whole->time.size(), ticks).ec != std::errc() ||
        now.time_since_epoch() - base::Duration(ticks) >= oldest)
      return std::nullopt;
  }
  std::string_view rest = whole->rest;
  while (const auto attribute = take_piece(rest)) {
    const auto value = take_piece(rest);
    if (!value) break;
    request.set_attribute(*attribute, *value);
  }
  request.set_attribute(api::kRolesAttribute, whole->roles);
  request.set_attribute(api::kRealmAttribute, whole->realm);
  request.set_attribute(api::kUserAttribute, whole->user);
  return whole->user;
}

void SessionIdentity::publish(const api::Identity& identity, api::Request& request) const {
  for (const auto& [attribute, value] : identity.attributes) request.set_attribute(attribute_name(attribute), value);
  request.set_attribute(api::kRolesAttribute, joined(identity.roles));
  request.set_attribute(api::kRealmAttribute, realm_);
  request.set_attribute(api::kUserAttribute, identity.user);
}

}  // namespace navajo::identity
