// TLS sessions of former connections, to be resumed by later ones: the newest one for each key, a bounded number of
// keys, the one unused for longest goes first. Whoever makes the keys sees to it that a session is never used where
// another name was checked, or another client has logged in. Used by all threads at once.
// Source: RFC 8446 section 2.2, RFC 5077.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "navajo/tls/handles.h"

namespace navajo::tls {

class SessionCache {
 public:
  // limit: 0: nothing is kept.
  explicit SessionCache(size_t limit) : limit_(limit) {}

  // generation: of the files it came about with. One of another generation than the newest is not kept.
  void put(std::string_view key, uint64_t generation, SessionHandle session);
  // One that can still be resumed, and whose certificate is still valid; or null.
  SessionHandle get(std::string_view key);
  void remove(std::string_view key);
  // Other files hold from now on: what came about with those before goes.
  void begin_generation(uint64_t generation);

  struct Numbers {
    size_t kept = 0;
    uint64_t evicted = 0;
  };
  Numbers numbers() const;

 private:
  struct Entry {
    std::string key;
    SessionHandle session;
  };
  const size_t limit_;
  mutable std::mutex guard_;
  std::list<Entry> by_use_;  // the last used in front
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  uint64_t generation_ = 0, evicted_ = 0;
};

}  // namespace navajo::tls
