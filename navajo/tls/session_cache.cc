#include "navajo/tls/session_cache.h"

#include <algorithm>
#include <ctime>
#include <iterator>

namespace navajo::tls {
namespace {

// However long the peer would take it: a certificate is looked at again now and then.
constexpr long kLongestUse = 3600;

bool is_fit(const SSL_SESSION* session) {
  const long age = static_cast<long>(time(nullptr)) - SSL_SESSION_get_time(session);
  if (age < 0 || age >= std::min(kLongestUse, SSL_SESSION_get_timeout(session))) return false;
  if (!SSL_SESSION_is_resumable(session)) return false;
  const X509* certificate = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(session));
  return !certificate || X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

}  // namespace

void SessionCache::put(std::string_view key, uint64_t generation, SessionHandle session) {
  if (limit_ == 0 || key.empty()) return;
  std::lock_guard lock(guard_);
  if (generation != generation_) return;
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    found->second->session = std::move(session);
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return;
  }
  if (by_use_.size() >= limit_) {
    by_key_.erase(by_use_.back().key);
    by_use_.pop_back();
    evicted_++;
  }
  by_use_.push_front({std::string(key), std::move(session)});
  by_key_.emplace(by_use_.front().key, by_use_.begin());
}

SessionHandle SessionCache::get(std::string_view key) {
  if (limit_ == 0 || key.empty()) return nullptr;
  std::lock_guard lock(guard_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const auto entry = found->second;
  if (!is_fit(entry->session.get())) {
    by_key_.erase(found);
    by_use_.erase(entry);
    return nullptr;
  }
  by_use_.splice(by_use_.begin(), by_use_, entry);
  SSL_SESSION_up_ref(entry->session.get());
  return SessionHandle(entry->session.get());
}

void SessionCache::remove(std::string_view key) {
  std::lock_guard lock(guard_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const auto entry = found->second;
  by_key_.erase(found);
  by_use_.erase(entry);
}

void SessionCache::begin_generation(uint64_t generation) {
  std::lock_guard lock(guard_);
  generation_ = generation;
  by_key_.clear();
  by_use_.clear();
}

SessionCache::Numbers SessionCache::numbers() const {
  std::lock_guard lock(guard_);
  return {by_use_.size(), evicted_};
}

}  // namespace navajo::tls
