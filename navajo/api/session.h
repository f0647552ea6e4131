// The session of a request, as elements of a chain see it: whoever manages sessions (a filter) is a SessionSource and
// puts itself into the request; nobody else knows where sessions are kept. Belongs to one request; one fiber or thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "navajo/base/function_ref.h"

namespace navajo::api {

enum class SessionUse : uint8_t {
  existing,  // the one the client has, or none
  create,    // a new one if the client has none
};

// A session beyond the request that found it, for what outlives a request (a WebSocket). Any thread; never waits.
class SessionWatch {
 public:
  virtual ~SessionWatch() = default;
  enum class Touch : uint8_t { no, yes };
  // Whether it still lives. yes: its idle time begins anew.
  virtual bool lives(Touch touch) = 0;
};

class Session {
 public:
  virtual ~Session() = default;
  // Valid until the request ends.
  virtual std::optional<std::string_view> get(std::string_view name) = 0;
  // False: the store takes no more; what was there before stays.
  [[nodiscard]] virtual bool set(std::string_view name, std::string_view value) = 0;
  // False: there was none. Of requests that remove the same one at once, one is told true.
  virtual bool remove(std::string_view name) = 0;
  // Attributes whose name begins with the prefix, until visit answers false. The views are valid during the call of
  // visit only, which must not use the session.
  virtual void for_each(std::string_view prefix,
                        base::FunctionRef<bool(std::string_view name, std::string_view value)> visit) = 0;
  // Names the session in logs; not the id, and nobody can find the id from it.
  virtual std::string_view log_id() const = 0;
  // The client gets a new id with this response; the one before stays good for a short while, so that requests under
  // way lose nothing. For every change of who the user is. False: refused, nothing has changed.
  [[nodiscard]] virtual bool renew() = 0;
  // From its creation, and since its last request; 0: as it is. The lifetime is at most what its store allows.
  virtual void set_limits(std::chrono::seconds max_lifetime, std::chrono::seconds max_inactive_interval) = 0;
  // As an inactive interval: back to that of new sessions.
  static constexpr std::chrono::seconds kOfNewSessions{-1};
  // It is gone, for this client and all others.
  virtual void invalidate() = 0;
  // Null: its source cannot tell beyond the request.
  virtual std::unique_ptr<SessionWatch> watch() { return nullptr; }
};

class SessionSource {
 public:
  virtual ~SessionSource() = default;
  // Null: there is none, or none could be made.
  virtual Session* session(SessionUse use) = 0;
};

}  // namespace navajo::api
