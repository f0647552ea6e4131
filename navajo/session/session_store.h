// Where sessions are kept: the interface that session management talks to, whatever is behind it. All functions may be
// called by any thread and fiber of any child, concurrently; none throws except std::bad_alloc of the caller's memory.
//
// A session is an id known to its client only, times, and named attributes with a type. Parallel requests of one
// session change single attributes, never the whole: set_attribute() of one leaves all others as they are, and a
// request does not overwrite what another one stored after it had looked the session up (SetResult::kept_newer).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"

namespace navajo::session {

// Which session a request works with, once it is found. Plain data, good for one request: it names the session, not its
// memory, so everything done with it after the session has ended is refused.
struct SessionRef {
  uint32_t index = 0;    // where the store keeps it
  uint32_t seen = 0;     // its version when the request found it
  uint64_t serial = 0;   // tells it from another session at the same place
  uint32_t writer = 0;   // whose own changes are not taken for somebody else's
  bool by_previous_id = false;  // the client sent an id that was renewed and is in its grace period
};

// Not the id and no way to it: 12 hexadecimal digits, the same for all ids a session ever has.
std::string log_id(uint64_t serial);

enum class AttributeType : uint8_t { text, bytes, boolean, integer, number };

// The value's bytes: text and bytes as they are, boolean one byte 0 or 1, integer and number 8 bytes in this machine's
// order (a store is never read by another machine).
struct AttributeValue {
  AttributeType type = AttributeType::text;
  std::pmr::string bytes;
};
struct Attribute {
  std::pmr::string name;
  AttributeValue value;
};

struct SessionLimits {
  std::chrono::seconds max_lifetime{0};
  std::chrono::seconds max_inactive_interval{0};
};

enum class Refusal : uint8_t {
  no_session,   // it has ended, or never was
  store_full,   // no new sessions (90 % of the memory)
  store_frozen, // nothing may be changed either (95 %), or no memory at all
  too_large,    // this session has reached its own limit, or the name is too long
};
const char* word(Refusal refusal);  // "no_session", for logs and causes

enum class SetResult : uint8_t {
  stored,
  kept_newer,  // somebody else changed this attribute since this request found the session: theirs stays
};

struct CreatedSession {
  std::string id;  // for the client, URL-safe
  SessionRef session;
};

// A session as an administrator sees it: no id, no values.
struct SessionView {
  SessionRef session;
  std::chrono::milliseconds age{0}, idle{0};
  SessionLimits limits;
  uint64_t bytes = 0;
};

struct StoreNumbers {
  uint64_t active = 0;
  uint64_t created = 0, expired_idle = 0, expired_lifetime = 0, invalidated = 0, renewed = 0;
  uint64_t refused_new = 0, refused_change = 0, refused_size = 0, refused_memory = 0;
  uint64_t kept_newer = 0;
  uint64_t found = 0, missed = 0;
  uint64_t repairs = 0, orphans = 0, damaged = 0;
  uint64_t memory_size = 0, memory_used = 0;  // bytes; used is what the thresholds are compared with
  unsigned level = 0;  // 0 normal, 1 above 70 %, 2 above 90 %, 3 above 95 %
  // When 90 % are reached if memory grows as it lately did; none: it does not grow.
  std::optional<std::chrono::seconds> full_in;
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;

  virtual base::Result<CreatedSession, Refusal> create(const SessionLimits& limits) = 0;
  // The living session of an id, touched (idle time begins anew) unless it was touched less than `min_interval` ago;
  // with kNoTouch it is only looked at. None: no such session, or it has expired.
  virtual std::optional<SessionRef> find(std::string_view id, std::chrono::milliseconds min_interval) = 0;
  static constexpr std::chrono::milliseconds kNoTouch = std::chrono::milliseconds::max();
  // Whether the session still lives; kNoTouch as above. Other than a request it does not count among found and missed.
  virtual bool touch(const SessionRef& session, std::chrono::milliseconds min_interval) = 0;
  // Whether it was the id of a session that lives, and is not good any more because the session was renewed.
  virtual bool is_outdated(std::string_view id) = 0;

  // False: there is no such session or attribute. value is assigned to, its memory is the caller's.
  virtual bool get(const SessionRef& session, std::string_view name, AttributeValue& value) = 0;
  virtual std::pmr::vector<Attribute> attributes(const SessionRef& session, std::pmr::memory_resource& memory) = 0;
  virtual base::Result<SetResult, Refusal> set(const SessionRef& session, std::string_view name, AttributeType type,
                                               std::string_view bytes) = 0;
  // False: there was none.
  virtual bool remove(const SessionRef& session, std::string_view name) = 0;
  // Overrides the limits the session was created with, where not 0; they count from its creation and its last touch as
  // before.
  virtual bool set_limits(const SessionRef& session, const SessionLimits& limits) = 0;

  // A new id for the client; the one before stays good for `grace`, so that parallel requests lose nothing.
  virtual base::Result<std::string, Refusal> renew(const SessionRef& session, std::chrono::milliseconds grace) = 0;
  // False: it had ended already.
  virtual bool invalidate(const SessionRef& session) = 0;

  // Calls visitor for every living session until it returns false; no lock is held meanwhile, so the visitor may call
  // the store. Sessions created or ended during the walk may be seen or not.
  void visit(base::FunctionRef<bool(const SessionView&)> visitor) { visit_from(0, visitor); }
  // Goes on with an earlier walk: behind the session whose index + 1 is given.
  virtual void visit_from(uint32_t index, base::FunctionRef<bool(const SessionView&)> visitor) = 0;
  virtual StoreNumbers numbers() const = 0;
};

// What a servlet that keeps sessions is besides: found by name (api::Components) and asked for its store.
class HoldsSessionStore {
 public:
  virtual ~HoldsSessionStore() = default;
  virtual SessionStore& store() = 0;
  // Of a session that nobody gives limits of its own.
  virtual SessionLimits limits() const = 0;
};

}  // namespace navajo::session
