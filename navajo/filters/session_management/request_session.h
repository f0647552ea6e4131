// The session of one request, as the elements behind the SessionManagementFilter ask for it: looked up in the store
// when somebody asks first, made only when somebody wants one, its new id sent with the response. Lives on the stack
// of the filter; one fiber or thread.
#pragma once

#include <atomic>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>

#include "navajo/api/response.h"
#include "navajo/api/session.h"
#include "navajo/config/pattern.h"
#include "navajo/filters/session_management/session_cookie.h"
#include "navajo/session/key_table.h"
#include "navajo/session/session_store.h"

namespace navajo::filters::session_management {

enum class Identification : uint8_t { cookie, tls, header, authorization };

struct Settings {
  Identification identification = Identification::cookie;
  std::string header;  // of Identification::header
  SessionCookie cookie{SessionCookie::Settings{}};
  int status_on_invalid = 0;  // 0: as if there were no cookie
  std::chrono::seconds grace{30};
  session::SessionLimits limits;  // 0: the store's
  std::chrono::milliseconds touch_interval{0};
  bool ajax_touches = true, websocket_touches = true;
  std::vector<config::Pattern> untouched_paths;
};

// Over all requests of this child.
struct Numbers {
  std::atomic<uint64_t> created{0}, refused{0}, invalid_cookies{0}, ambiguous{0}, from_elsewhere{0}, no_key{0};
};

class RequestSession final : public api::SessionSource, public api::Session {
 public:
  // keys: of identifications other than cookies, else null.
  RequestSession(const Settings& settings, session::SessionStore& store, const session::SessionLimits& store_limits,
                 session::KeyTable* keys, Numbers& numbers, api::Request& request, api::Response& response);

  // Of what the client sent, whether anybody asks for the session or not.
  enum class Presented : uint8_t { nothing, living, outdated, unknown };
  Presented look();

  // Just before the response's fields are sent.
  void write_cookie(http::Headers& fields);

  api::Session* session(api::SessionUse use) override;

  std::optional<std::string_view> get(std::string_view name) override;
  bool set(std::string_view name, std::string_view value) override;
  bool remove(std::string_view name) override;
  void for_each(std::string_view prefix,
                base::FunctionRef<bool(std::string_view name, std::string_view value)> visit) override;
  std::string_view log_id() const override { return log_id_; }
  bool renew() override;
  void set_limits(std::chrono::seconds max_lifetime, std::chrono::seconds max_inactive_interval) override;
  void invalidate() override;
  std::unique_ptr<api::SessionWatch> watch() override;

 private:
  void find();
  void find_by_cookie();
  void find_by_key();
  bool create();
  session::SessionLimits limits_of_new() const;
  std::optional<std::string_view> key_value();
  bool found(const session::SessionRef& ref);
  bool renewed_by_this_client(const session::SessionRef& ref);
  std::chrono::milliseconds touch_interval() const;
  std::string_view kept(std::string_view text);

  const Settings& settings_;
  session::SessionStore& store_;
  const session::SessionLimits& store_limits_;
  session::KeyTable* keys_;
  Numbers& numbers_;
  api::Request& request_;
  api::Response& response_;
  SessionCookie::Candidates candidates_;
  bool looked_ = false;
  Presented presented_ = Presented::nothing;
  std::optional<session::SessionRef> ref_;
  std::string_view log_id_;
  enum class Send : uint8_t { nothing, id, deletion } send_ = Send::nothing;
  std::string_view new_id_;
};

}  // namespace navajo::filters::session_management
