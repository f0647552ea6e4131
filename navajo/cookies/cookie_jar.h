// The cookies of a backend, kept in the client's session: one attribute per cookie, so that parallel requests merge
// cookie by cookie and none overwrites what another stored.
//
// A jar has a scope, the name of whoever keeps cookies (host, context and name of a servlet or filter). A cookie is
// found again by that scope only. The one exception is a cookie whose Domain names the backend or a domain above it, of
// two labels at least: it is found by every jar of the session whose backend has a name below that Domain. A Domain
// that does not fit the backend is as good as none: the cookie stays in its scope, nothing is lost and nothing shared.
//
// Lifetimes are intervals on the monotonic clock from the moment the cookie came (Expires is made one with the wall
// clock of that moment), so no step of the wall clock expires or revives a cookie. Path, Domain and lifetime are those
// of RFC 6265 sections 5.3 and 5.4. `Secure` is not asked for: the way to the backend is the administrator's, and the
// one from the client is protected by the session's own cookie. HttpOnly and SameSite say nothing here.
//
// Called by all threads and fibers at once; a session belongs to the request of its caller.
#pragma once

#include <ctime>
#include <memory_resource>
#include <string>
#include <vector>

#include "navajo/api/session.h"
#include "navajo/base/clock.h"
#include "navajo/http/set_cookie.h"

namespace navajo::cookies {

// What one session may hold, of all jars together, and one cookie (name and value) be long. Parallel requests may pass
// the first and the last by one cookie each.
struct JarLimits {
  size_t cookies = 100;
  size_t cookie_bytes = 4096;
  size_t total_bytes = 32768;  // of names and values of the attributes; a request head to a backend has room for 64 KB
};

// As the backend sees the request.
struct Origin {
  std::string_view host;  // without port
  std::string_view path;  // of the request target, encoded, without query
};

struct StoredCookie {
  std::string_view name, value;
};

enum class Kept : uint8_t {
  stored,
  removed,     // its time has passed, and what was stored under its name is gone
  bad_prefix,  // __Host- or __Secure- without what that promises
  too_long,
  too_many,  // too many cookies, or bytes of them
  refused_by_store,
};
// For the log.
const char* text_of(Kept kept);

class CookieJar {
 public:
  using WallClock = time_t (*)();
  static time_t wall_now() { return time(nullptr); }

  // scope: not empty; any characters.
  explicit CookieJar(std::string_view scope, JarLimits limits = {}, const base::Clock& clock = base::system_clock(),
                     WallClock wall = wall_now);

  // Whether the cookie is one that only removes another: no session has to be made for it.
  bool removes(const http::SetCookie& cookie) const;
  [[nodiscard]] Kept put(api::Session& session, const http::SetCookie& cookie, const Origin& origin,
                         std::pmr::memory_resource& memory) const;
  // What belongs into a request, in the order of RFC 6265 section 5.4 (longest path first). Of a shared cookie and an
  // own one of the same name only the own one. Views into memory. Those whose time has passed are removed.
  std::pmr::vector<StoredCookie> matching(api::Session& session, const Origin& origin,
                                          std::pmr::memory_resource& memory) const;

 private:
  std::pmr::string key_of(const http::SetCookie& cookie, const Origin& origin, std::pmr::memory_resource& memory) const;
  // Milliseconds on the clock; 0: until the session ends.
  int64_t deadline_of(const http::SetCookie& cookie) const;
  int64_t now() const;
  bool has_room(api::Session& session, std::string_view key, size_t bytes, std::pmr::memory_resource& memory) const;

  std::string own_prefix_;  // of the names of its attributes
  JarLimits limits_;
  const base::Clock* clock_;
  WallClock wall_;
};

}  // namespace navajo::cookies
