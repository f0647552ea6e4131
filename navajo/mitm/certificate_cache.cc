#include "navajo/mitm/certificate_cache.h"

#include "navajo/observe/status_segment.h"

namespace navajo::mitm {
namespace {

void account(int64_t certificates) {
  observe::gauge(observe::Gauge::certificate_bytes)
      .fetch_add(certificates * static_cast<int64_t>(CertificateCache::kBytesEach), std::memory_order_relaxed);
}

}  // namespace

CertificateCache::~CertificateCache() { account(-static_cast<int64_t>(by_id_.size())); }

// Guard held.
void CertificateCache::erase(Entries::iterator entry) {
  by_id_.erase(entry->id);
  (entry->proven ? proven_ : fresh_).erase(entry);
  account(-1);
  observe::count(observe::Counter::certificate_evictions);
}

LeafPointer CertificateCache::find(const CertificateId& id, base::TimePoint now) {
  std::lock_guard guard(guard_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  const Entries::iterator entry = found->second;
  if (entry->leaf->expires <= now) {
    erase(entry);
    return nullptr;
  }
  if (entry->proven) {
    proven_.splice(proven_.begin(), proven_, entry);
    return entry->leaf;
  }
  entry->proven = true;
  proven_.splice(proven_.begin(), fresh_, entry);
  // Those proven longest ago have to prove it again.
  if (proven_.size() > capacity_ - capacity_ / 5) {
    const Entries::iterator last = std::prev(proven_.end());
    last->proven = false;
    fresh_.splice(fresh_.begin(), proven_, last);
  }
  return entry->leaf;
}

// Guard held.
void CertificateCache::make_room() {
  while (by_id_.size() >= capacity_ && !by_id_.empty())
    erase(fresh_.empty() ? std::prev(proven_.end()) : std::prev(fresh_.end()));
}

void CertificateCache::insert(const CertificateId& id, LeafPointer leaf) {
  std::lock_guard guard(guard_);
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    found->second->leaf = std::move(leaf);
    return;
  }
  make_room();
  fresh_.push_front(Entry{id, std::move(leaf), false});
  by_id_.emplace(id, fresh_.begin());
  account(1);
}

size_t CertificateCache::size() const {
  std::lock_guard guard(guard_);
  return by_id_.size();
}

}  // namespace navajo::mitm
