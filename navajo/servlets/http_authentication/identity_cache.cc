#include "navajo/servlets/http_authentication/identity_cache.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

#include "navajo/base/random.h"

namespace navajo::servlets::http_authentication {
namespace {

size_t size_of(const api::Identity& identity) {
  size_t out = identity.user.size();
  for (const std::string& role : identity.roles) out += role.size() + sizeof(std::string);
  for (const auto& [name, value] : identity.attributes) out += name.size() + value.size() + 2 * sizeof(std::string);
  return out;
}

}  // namespace

IdentityCache::IdentityCache(size_t entries, base::Duration lifetime) : most_(entries), lifetime_(lifetime) {
  if (!base::random_bytes(secret_.data(), secret_.size()))
    throw std::runtime_error("the system gives no random numbers");
}

std::optional<IdentityCache::Key> IdentityCache::key(std::string_view question) const {
  Key out;
  unsigned length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(question.data());
  if (!HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes, question.size(), out.data(),
            &length) ||
      length != out.size())
    return std::nullopt;
  return out;
}

std::optional<api::Identity> IdentityCache::find(const Key& key, base::TimePoint now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  if (found->second->until <= now) {
    erase(found->second);
    return std::nullopt;
  }
  hits_.fetch_add(1, std::memory_order_relaxed);
  return found->second->identity;
}

void IdentityCache::put(const Key& key, const api::Identity& identity, base::TimePoint now) {
  if (!keeps() || most_ == 0 || size_of(identity) > kLargestIdentity) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto known = by_key_.find(key); known != by_key_.end()) erase(known->second);
  while (!entries_.empty() && entries_.front().until <= now) erase(entries_.begin());
  if (entries_.size() >= most_) {
    erase(entries_.begin());
    evictions_.fetch_add(1, std::memory_order_relaxed);
  }
  entries_.push_back({key, identity, now + lifetime_});
  by_key_.emplace(key, std::prev(entries_.end()));
}

void IdentityCache::erase(std::list<Entry>::iterator entry) {
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

size_t IdentityCache::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return entries_.size();
}

}  // namespace navajo::servlets::http_authentication
