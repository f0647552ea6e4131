#include "navajo/filters/session_management/request_session.h"

#include <algorithm>

#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"

namespace navajo::filters::session_management {
namespace {

// Who renewed the session last: only from there is an id taken that was good before.
constexpr char kRenewedBy[] = "navajo.session.renewedBy";

bool is_ajax(api::Request& request) {
  const auto with = request.headers().get("X-Requested-With");
  return with && http::same_name(http::trim(*with), "XMLHttpRequest");
}

bool is_websocket(api::Request& request) {
  const auto upgrade = request.headers().get("Upgrade");
  return upgrade && http::same_name(http::trim(*upgrade), "websocket");
}

}  // namespace

RequestSession::RequestSession(const Settings& settings, session::SessionStore& store,
                               const session::SessionLimits& store_limits, session::KeyTable* keys, Numbers& numbers,
                               api::Request& request, api::Response& response)
    : settings_(settings),
      store_(store),
      store_limits_(store_limits),
      keys_(keys),
      numbers_(numbers),
      request_(request),
      response_(response) {
  if (settings.identification == Identification::cookie) candidates_ = settings.cookie.take_from(request);
}

std::string_view RequestSession::kept(std::string_view text) {
  return *std::pmr::polymorphic_allocator<>(&request_.memory()).new_object<std::pmr::string>(text);
}

std::chrono::milliseconds RequestSession::touch_interval() const {
  const bool untouched =
      (!settings_.ajax_touches && is_ajax(request_)) || (!settings_.websocket_touches && is_websocket(request_)) ||
      std::any_of(settings_.untouched_paths.begin(), settings_.untouched_paths.end(), [this](const auto& pattern) {
        // In doubt the session lives on: nobody is logged out by a pattern.
        return pattern.search(request_.path()) == config::SearchResult::found;
      });
  return untouched ? session::SessionStore::kNoTouch : settings_.touch_interval;
}

bool RequestSession::renewed_by_this_client(const session::SessionRef& ref) {
  session::AttributeValue by{session::AttributeType::text, std::pmr::string(&request_.memory())};
  return store_.get(ref, kRenewedBy, by) && std::string_view(by.bytes) == request_.client_address();
}

bool RequestSession::found(const session::SessionRef& ref) {
  if (ref.by_previous_id && !renewed_by_this_client(ref)) {
    numbers_.from_elsewhere.fetch_add(1, std::memory_order_relaxed);
    observe::log(observe::id::session_id_from_elsewhere,
                 "session %s: its id from before the renewal comes from another address, %.*s; request %.*s has no "
                 "session",
                 session::log_id(ref.serial).c_str(), static_cast<int>(request_.client_address().size()),
                 request_.client_address().data(), static_cast<int>(request_.id().size()), request_.id().data());
    return false;
  }
  ref_ = ref;
  log_id_ = kept(session::log_id(ref.serial));
  presented_ = Presented::living;
  return true;
}

void RequestSession::find_by_cookie() {
  if (candidates_.count == 0) return;
  presented_ = Presented::unknown;
  const std::chrono::milliseconds interval = touch_interval();
  std::optional<session::SessionRef> living;
  for (size_t i = 0; i < candidates_.count; i++) {
    const auto one = store_.find(candidates_.values[i], living ? session::SessionStore::kNoTouch : interval);
    if (!one) continue;
    if (living && one->serial != living->serial) {
      // Of two sessions one may have been planted by somebody else: neither is believed.
      numbers_.ambiguous.fetch_add(1, std::memory_order_relaxed);
      observe::log(observe::id::session_cookie_ambiguous,
                   "request %.*s from %.*s carries cookies of two living sessions, %s and %s: it has none",
                   static_cast<int>(request_.id().size()), request_.id().data(),
                   static_cast<int>(request_.client_address().size()), request_.client_address().data(),
                   session::log_id(living->serial).c_str(), session::log_id(one->serial).c_str());
      return;
    }
    if (!living) living = one;
  }
  if (living && found(*living)) return;
  numbers_.invalid_cookies.fetch_add(1, std::memory_order_relaxed);
  for (size_t i = 0; i < candidates_.count && presented_ == Presented::unknown; i++)
    if (store_.is_outdated(candidates_.values[i])) presented_ = Presented::outdated;
}

std::optional<std::string_view> RequestSession::key_value() {
  switch (settings_.identification) {
    case Identification::tls: return request_.environment("SSL_SESSION_ID");
    case Identification::header: return request_.headers().get(settings_.header);
    case Identification::authorization: return request_.headers().get("Authorization");
    case Identification::cookie: break;
  }
  return std::nullopt;
}

void RequestSession::find_by_key() {
  const auto value = key_value();
  if (!value || value->empty()) return;
  presented_ = Presented::unknown;
  const auto id = keys_->find(keys_->digest(settings_.header, *value));
  if (!id) return;
  if (const auto ref = store_.find(*id, touch_interval())) (void)found(*ref);
}

void RequestSession::find() {
  if (looked_) return;
  looked_ = true;
  if (settings_.identification == Identification::cookie)
    find_by_cookie();
  else
    find_by_key();
}

RequestSession::Presented RequestSession::look() {
  find();
  return presented_;
}

session::SessionLimits RequestSession::limits_of_new() const {
  const auto or_else = [](std::chrono::seconds one, std::chrono::seconds other) { return one.count() ? one : other; };
  return {or_else(settings_.limits.max_lifetime, store_limits_.max_lifetime),
          or_else(settings_.limits.max_inactive_interval, store_limits_.max_inactive_interval)};
}

bool RequestSession::create() {
  const bool by_cookie = settings_.identification == Identification::cookie;
  const auto value = by_cookie ? std::nullopt : key_value();
  if (by_cookie ? response_.committed() : !value || value->empty()) {
    // Nothing can tell the client its id any more, or nothing tells us who it is.
    numbers_.no_key.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  auto made = store_.create(limits_of_new());
  if (!made.ok()) {
    numbers_.refused.fetch_add(1, std::memory_order_relaxed);
    observe::log(observe::id::session_refused, "request %.*s gets no session: %s",
                 static_cast<int>(request_.id().size()), request_.id().data(), session::word(made.error()));
    return false;
  }
  if (by_cookie) {
    send_ = Send::id;
    new_id_ = kept(made->id);
  } else {
    const auto counts = keys_->bind(keys_->digest(settings_.header, *value), made->id, [this](std::string_view id) {
      return store_.find(id, session::SessionStore::kNoTouch).has_value();
    });
    if (!counts || *counts != made->id) {
      (void)store_.invalidate(made->session);
      const auto theirs = counts ? store_.find(*counts, settings_.touch_interval) : std::nullopt;
      if (theirs) return found(*theirs);
      numbers_.refused.fetch_add(1, std::memory_order_relaxed);
      observe::log(observe::id::session_refused, "request %.*s gets no session: no room for its key",
                   static_cast<int>(request_.id().size()), request_.id().data());
      return false;
    }
  }
  numbers_.created.fetch_add(1, std::memory_order_relaxed);
  ref_ = made->session;
  log_id_ = kept(session::log_id(made->session.serial));
  return true;
}

api::Session* RequestSession::session(api::SessionUse use) {
  find();
  if (!ref_ && (use != api::SessionUse::create || !create())) return nullptr;
  return this;
}

std::optional<std::string_view> RequestSession::get(std::string_view name) {
  if (!ref_) return std::nullopt;
  session::AttributeValue value{session::AttributeType::text, std::pmr::string(&request_.memory())};
  if (!store_.get(*ref_, name, value)) return std::nullopt;
  return *std::pmr::polymorphic_allocator<>(&request_.memory())
              .new_object<std::pmr::string>(std::move(value.bytes));
}

bool RequestSession::set(std::string_view name, std::string_view value) {
  return ref_ && store_.set(*ref_, name, session::AttributeType::text, value).ok();
}

bool RequestSession::remove(std::string_view name) { return ref_ && store_.remove(*ref_, name); }

void RequestSession::for_each(std::string_view prefix,
                              base::FunctionRef<bool(std::string_view name, std::string_view value)> visit) {
  if (!ref_) return;
  for (const session::Attribute& attribute : store_.attributes(*ref_, request_.memory()))
    if (std::string_view(attribute.name).starts_with(prefix) && !visit(attribute.name, attribute.value.bytes)) return;
}

bool RequestSession::renew() {
  if (!ref_) return false;
  // What identifies the client is its own: there is nothing to renew.
  if (settings_.identification != Identification::cookie) return true;
  if (response_.committed()) return false;
  // Without this note nobody may use the id from before: no grace then.
  const bool noted = store_.set(*ref_, kRenewedBy, session::AttributeType::text, request_.client_address()).ok();
  const auto id = store_.renew(*ref_, noted ? settings_.grace : std::chrono::seconds(0));
  if (!id.ok()) return false;
  send_ = Send::id;
  new_id_ = kept(*id);
  return true;
}

void RequestSession::set_limits(std::chrono::seconds max_lifetime, std::chrono::seconds max_inactive_interval) {
  if (!ref_) return;
  if (max_inactive_interval == kOfNewSessions) max_inactive_interval = limits_of_new().max_inactive_interval;
  (void)store_.set_limits(*ref_, {std::min(max_lifetime, store_limits_.max_lifetime), max_inactive_interval});
}

void RequestSession::invalidate() {
  if (!ref_) return;
  (void)store_.invalidate(*ref_);
  ref_.reset();
  if (settings_.identification != Identification::cookie) return;
  send_ = candidates_.count > 0 ? Send::deletion : Send::nothing;
}

std::unique_ptr<api::SessionWatch> RequestSession::watch() {
  class Watch final : public api::SessionWatch {
   public:
    Watch(session::SessionStore& store, const session::SessionRef& ref, std::chrono::milliseconds interval)
        : store_(store), ref_(ref), interval_(interval) {}
    bool lives(Touch touch) override {
      return store_.touch(ref_, touch == Touch::yes ? interval_ : session::SessionStore::kNoTouch);
    }

   private:
    session::SessionStore& store_;  // of the configuration, which outlives the connections of its children
    const session::SessionRef ref_;
    const std::chrono::milliseconds interval_;
  };
  return ref_ ? std::make_unique<Watch>(store_, *ref_, touch_interval()) : nullptr;
}

void RequestSession::write_cookie(http::Headers& fields) {
  if (settings_.identification != Identification::cookie) return;
  std::pmr::memory_resource& memory = request_.memory();
  switch (send_) {
    case Send::nothing: return settings_.cookie.keep_from(fields, memory);
    case Send::id: return settings_.cookie.write_to(fields, new_id_, request_.secure(), memory);
    case Send::deletion: return settings_.cookie.write_to(fields, {}, request_.secure(), memory);
  }
}

}  // namespace navajo::filters::session_management
