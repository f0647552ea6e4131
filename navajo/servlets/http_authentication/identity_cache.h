// Identities a service has confirmed, for a short time, by a keyed digest of the question: what was asked with
// (cookies, tokens) is not kept, and nobody outside can make two questions meet. A fixed number; the oldest gives way.
// Of one child; all threads and fibers, under a lock held for a look-up.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "navajo/api/authentication.h"
#include "navajo/base/clock.h"

namespace navajo::servlets::http_authentication {

class IdentityCache {
 public:
  using Key = std::array<uint8_t, 32>;
  // Larger ones are not kept.
  static constexpr size_t kLargestIdentity = 16 * 1024;

  // Throws where the system gives no random numbers. lifetime 0: keeps nothing.
  IdentityCache(size_t entries, base::Duration lifetime);

  bool keeps() const { return lifetime_ > base::Duration::zero(); }
  // None: there is no digest; then nothing is kept.
  std::optional<Key> key(std::string_view question) const;
  std::optional<api::Identity> find(const Key& key, base::TimePoint now);
  void put(const Key& key, const api::Identity& identity, base::TimePoint now);

  size_t size() const;
  uint64_t hits() const { return hits_.load(std::memory_order_relaxed); }
  uint64_t evictions() const { return evictions_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    Key key;
    api::Identity identity;
    base::TimePoint until;
  };
  // Digests are spread already.
  struct Hash {
    size_t operator()(const Key& key) const {
      size_t out = 0;
      for (size_t i = 0; i < sizeof out; i++) out = out << 8 | key[i];
      return out;
    }
  };
  void erase(std::list<Entry>::iterator entry);

  const size_t most_;
  const base::Duration lifetime_;
  std::array<uint8_t, 32> secret_{};
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the oldest first
  std::unordered_map<Key, std::list<Entry>::iterator, Hash> by_key_;
  std::atomic<uint64_t> hits_{0}, evictions_{0};
};

}  // namespace navajo::servlets::http_authentication
