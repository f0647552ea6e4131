#include "navajo/admin/session_answer.h"

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <memory_resource>
#include <optional>

#include "navajo/admin/record.h"
#include "navajo/api/authentication.h"
#include "navajo/identity/session_identity.h"
#include "navajo/observe/log.h"

namespace navajo::admin {
namespace {

using session::Attribute;
using session::AttributeType;
using session::SessionView;

// Attributes may be what somebody logged in with: nothing of them stays behind in freed memory.
class WipedMemory final : public std::pmr::memory_resource {
  void* do_allocate(size_t bytes, size_t alignment) override {
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* memory, size_t bytes, size_t alignment) override {
    explicit_bzero(memory, bytes);
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

const char* word(AttributeType type) {
  switch (type) {
    case AttributeType::text: return "text";
    case AttributeType::bytes: return "bytes";
    case AttributeType::boolean: return "boolean";
    case AttributeType::integer: return "integer";
    case AttributeType::number: return "number";
  }
  return "";
}

// By its name alone, or behind a StateKey: "KEY/user.auth.UserId". The keys of stored cookies end with what a backend
// has chosen: those are none.
bool is_called(std::string_view attribute, std::string_view name) {
  if (!attribute.ends_with(name) || attribute.starts_with("navajo.")) return false;
  attribute.remove_suffix(name.size());
  return attribute.empty() || attribute.find('/') == attribute.size() - 1;
}

// Of everything else only the size is told: it may be a password, a token, a cookie, a stored request.
bool is_harmless(const Attribute& attribute) {
  if (attribute.value.type != AttributeType::text) return false;
  for (const std::string_view name : {api::kUserAttribute, api::kRolesAttribute, api::kRealmAttribute})
    if (is_called(attribute.name, name)) return true;
  return false;
}

// None: never.
std::optional<std::chrono::milliseconds> expires_in(const SessionView& view) {
  std::optional<std::chrono::milliseconds> left;
  const auto consider = [&left](std::chrono::seconds limit, std::chrono::milliseconds used) {
    if (limit.count() == 0) return;
    const auto rest = std::max(limit - used, std::chrono::milliseconds(0));
    left = left ? std::min(*left, rest) : rest;
  };
  consider(view.limits.max_lifetime, view.age);
  consider(view.limits.max_inactive_interval, view.idle);
  return left;
}

uint64_t seconds(std::chrono::milliseconds time) { return static_cast<uint64_t>(time.count()) / 1000; }

}  // namespace

SessionAnswer::~SessionAnswer() {
  if (!complete_) audit(", then the answer was broken off");
}

bool SessionAnswer::more(std::string& out) {
  size_t looked_at = 0;
  const size_t room = out.size() + kRoom;
  while (store_ < stores_.size() && !enough()) {
    const NamedStore& named = stores_[store_];
    bool whole = true;
    if (!request_.selection.store || *request_.selection.store == named.name)
      named.store->visit_from(next_, [&](const SessionView& view) {
        next_ = view.session.index + 1;
        if (is_selected(named, view)) take(named, view, out);
        whole = ++looked_at < kStep && out.size() < room && !enough();
        return whole;
      });
    if (!whole) {
      if (enough()) break;
      return true;
    }
    store_++;
    next_ = 0;
  }
  end(out);
  return false;
}

bool SessionAnswer::is_selected(const NamedStore& in, const SessionView& view) {
  const Selection& chosen = request_.selection;
  if (view.age < chosen.older_than || view.idle < chosen.idle_for) return false;
  if (chosen.id && *chosen.id != session::log_id(view.session.serial)) return false;
  return find_user(in, view);
}

bool SessionAnswer::find_user(const NamedStore& in, const SessionView& view) {
  const auto& wanted = request_.selection.user;
  has_user_ = false;
  const auto is_wanted = [&](std::string_view user) {
    const bool found = wanted && *wanted == user;
    if (!has_user_ || found) user_.bytes = user;
    has_user_ = true;
    return found;
  };
  // What the filters decide on comes first, the attribute beside it is for show; others may be known by a StateKey.
  WipedMemory memory;
  session::AttributeValue identity{AttributeType::text, std::pmr::string(&memory)};
  if (in.store->get(view.session, identity::kIdentityAttribute, identity))
    if (const auto user = identity::user_of(identity.bytes); user && (is_wanted(*user) || !wanted)) return true;
  for (const Attribute& attribute : in.store->attributes(view.session, memory)) {
    if (attribute.value.type != AttributeType::text) continue;
    const std::string_view value = attribute.value.bytes;
    if (is_called(attribute.name, identity::kIdentityAttribute)) {
      if (const auto user = identity::user_of(value); user && is_wanted(*user)) return true;
    } else if (is_called(attribute.name, api::kUserAttribute) && is_wanted(value)) {
      return true;
    }
  }
  return !wanted;
}

void SessionAnswer::take(const NamedStore& from, const SessionView& view, std::string& out) {
  if (request_.command == Command::session_kill) {
    // False: it has ended by itself meanwhile.
    if (!from.store->invalidate(view.session)) return;
    matched_++;
    observe::log(observe::id::admin_session_ended, "session %s of store %s is ended for %s",
                 session::log_id(view.session.serial).c_str(), from.name.c_str(), who(peer_).c_str());
    return;
  }
  matched_++;
  describe_session(from, view, out);
  if (request_.command == Command::session_show) describe_attributes(from, view, out);
}

void SessionAnswer::describe_session(const NamedStore& of, const SessionView& view, std::string& out) {
  Record record(request_.format, "session");
  record.text("id", session::log_id(view.session.serial)).text("store", of.name);
  if (has_user_) record.text("user", std::string_view(user_.bytes).substr(0, kMaxUser));
  record.natural("age_seconds", seconds(view.age)).natural("idle_seconds", seconds(view.idle));
  if (const auto left = expires_in(view)) record.natural("expires_in_seconds", seconds(*left));
  record.natural("bytes", view.bytes).append_to(out);
}

void SessionAnswer::describe_attributes(const NamedStore& of, const SessionView& view, std::string& out) {
  WipedMemory memory;
  const auto attributes = of.store->attributes(view.session, memory);
  const std::string id = session::log_id(view.session.serial);
  size_t shown = 0;
  for (const Attribute& attribute : attributes) {
    if (shown++ == kMaxAttributes) break;
    Record record(request_.format, "attribute");
    record.text("session", id)
        .text("name", std::string_view(attribute.name).substr(0, kMaxName))
        .text("kind", word(attribute.value.type))
        .natural("size", attribute.value.bytes.size());
    if (is_harmless(attribute)) record.text("value", std::string_view(attribute.value.bytes).substr(0, kMaxValue));
    record.append_to(out);
  }
}

void SessionAnswer::end(std::string& out) {
  complete_ = true;
  audit("");
  const char* const counted = request_.command == Command::session_kill ? "ended" : "matched";
  Record(request_.format, "end").natural(counted, matched_).append_to(out);
}

void SessionAnswer::audit(const char* how) noexcept {
  if (request_.command != Command::session_kill) return;
  try {
    observe::log(observe::id::admin_sessions_ended, "%s by %s: %llu sessions ended%s",
                 describe(request_).c_str(), who(peer_).c_str(), static_cast<unsigned long long>(matched_), how);
  } catch (...) {
    // No memory for the text: the number of those ended is in the store's own counters.
  }
}

}  // namespace navajo::admin
