#include "navajo/mitm/certificate_store.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "navajo/mitm/checksum.h"
#include "navajo/observe/log.h"
#include "navajo/observe/process_identity.h"
#include "navajo/observe/status_segment.h"

namespace navajo::mitm {
namespace {

enum State : uint32_t { kFree = 0, kClaimed = 1, kReady = 2 };

// A claim of a process that lives but does not come to an end.
constexpr int64_t kLongestClaim = 5'000'000'000;

int64_t nanoseconds(base::TimePoint when) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
}

}  // namespace

struct CertificateStore::SlotShm {
  uint32_t state;
  uint32_t length;
  CertificateId id;
  uint64_t check;
  uint64_t owner;  // of a claim, ProcessIdentity
  uint64_t key_generation;
  int64_t expires;  // of a claim: when it was made
  int64_t used_at;
  uint32_t uses;
  uint32_t unused;
  unsigned char der[];
};

struct CertificateStore::RowShm {
  shm::RobustMutexShm lock;
};

static_assert(sizeof(shm::RobustMutexShm) % alignof(uint64_t) == 0);

size_t CertificateStore::bytes_needed(size_t certificates, size_t slot_bytes) {
  const size_t rows = (certificates + kWays - 1) / kWays, slot = (slot_bytes + 7) / 8 * 8;
  return rows * (sizeof(RowShm) + kWays * slot);
}

CertificateStore::CertificateStore(void* memory, size_t certificates, size_t slot_bytes)
    : memory_(static_cast<unsigned char*>(memory)),
      rows_((certificates + kWays - 1) / kWays),
      slot_bytes_((slot_bytes + 7) / 8 * 8),
      row_bytes_(sizeof(RowShm) + kWays * slot_bytes_) {
  static_assert(offsetof(SlotShm, der) == kSlotHead);
}

bool CertificateStore::initialise() {
  for (size_t row = 0; row < rows_; row++)
    if (reinterpret_cast<RowShm*>(memory_ + row * row_bytes_)->lock.initialise() != 0) return false;
  return true;
}

CertificateStore::RowShm& CertificateStore::row_of(const CertificateId& id) const {
  return *reinterpret_cast<RowShm*>(memory_ + id.words[0] % rows_ * row_bytes_);
}

CertificateStore::SlotShm& CertificateStore::slot(RowShm& row, size_t way) const {
  return *reinterpret_cast<SlotShm*>(reinterpret_cast<unsigned char*>(&row) + sizeof(RowShm) + way * slot_bytes_);
}

shm::RobustMutexShm& CertificateStore::lock_of(const CertificateId& id) { return row_of(id).lock; }

bool CertificateStore::is_whole(const SlotShm& one) const {
  const uint64_t seed = one.id.words[0] ^ one.id.words[1] ^ one.key_generation ^ static_cast<uint64_t>(one.expires);
  return one.length <= largest_certificate() && one.check == checksum(one.der, one.length, seed);
}

// How many had to go.
size_t CertificateStore::repair(RowShm& row) const {
  size_t dropped = 0;
  for (size_t way = 0; way < kWays; way++) {
    SlotShm& one = slot(row, way);
    if (one.state == kFree || (one.state == kReady && is_whole(one)) ||
        (one.state == kClaimed && observe::ProcessIdentity(one.owner).alive()))
      continue;
    one.state = kFree;
    dropped++;
  }
  return dropped;
}

// False: the lock is of no use any more, so the row is not used.
template <class Body>
bool CertificateStore::locked(const CertificateId& id, Body&& body) const {
  RowShm& row = row_of(id);
  size_t dropped = 0;
  bool repaired = false;
  {
    shm::RobustLock lock(row.lock);
    if (lock.state() == shm::Locked::failed) return false;
    if (lock.state() == shm::Locked::owner_died) {
      dropped = repair(row);
      repaired = true;
      lock.consistent();
    }
    body(row);
  }
  if (repaired)
    observe::log(observe::id::certificate_store_repaired,
                 "a process was killed while it changed the store of minted certificates: %zu of a row of %zu dropped, "
                 "they are minted anew",
                 dropped, kWays);
  return true;
}

CertificateStore::SlotShm* CertificateStore::find(RowShm& row, const CertificateId& id) const {
  for (size_t way = 0; way < kWays; way++) {
    SlotShm& one = slot(row, way);
    if (one.state != kFree && one.id == id) return &one;
  }
  return nullptr;
}

CertificateStore::SlotShm* CertificateStore::victim(RowShm& row, int64_t now) const {
  SlotShm* chosen = nullptr;
  int64_t chosen_rank = 0;
  for (size_t way = 0; way < kWays; way++) {
    SlotShm& one = slot(row, way);
    if (one.state == kFree) return &one;
    if (one.state == kClaimed && now - one.expires < kLongestClaim) continue;
    // Expired ones before those used once, these before the rest; the oldest first.
    constexpr int64_t kClass = INT64_MAX / 4;
    const int64_t used = std::clamp<int64_t>(one.used_at, 0, kClass - 1);
    const int64_t rank =
        (one.state == kClaimed || one.expires <= now) ? used : (one.uses <= 1 ? kClass : 2 * kClass) + used;
    if (chosen && rank >= chosen_rank) continue;
    chosen = &one;
    chosen_rank = rank;
  }
  return chosen;
}

CertificateStore::Answer CertificateStore::find_or_claim(const CertificateId& id, base::TimePoint when, Found& into) {
  Answer answer = Answer::full;
  const int64_t now = nanoseconds(when);
  bool evicted = false;
  locked(id, [&](RowShm& row) {
    SlotShm* one = find(row, id);
    if (one && one->state == kReady && one->expires > now && is_whole(*one)) {
      into.der.assign(reinterpret_cast<const char*>(one->der), one->length);
      into.key_generation = one->key_generation;
      into.expires = base::TimePoint(std::chrono::nanoseconds(one->expires));
      one->used_at = now;
      if (one->uses < UINT32_MAX) one->uses++;
      answer = Answer::found;
      return;
    }
    if (one && one->state == kClaimed && now - one->expires < kLongestClaim &&
        observe::ProcessIdentity(one->owner).alive()) {
      answer = Answer::busy;
      return;
    }
    if (!one) one = victim(row, now);
    if (!one) return;
    evicted = one->state == kReady;
    one->state = kFree;
    one->id = id;
    one->owner = observe::ProcessIdentity::self().word();
    one->expires = one->used_at = now;
    one->uses = 0;
    one->length = 0;
    one->state = kClaimed;
    answer = Answer::claimed;
  });
  if (evicted) observe::count(observe::Counter::certificate_evictions);
  return answer;
}

void CertificateStore::publish(const CertificateId& id, std::string_view der, uint64_t key_generation,
                               base::TimePoint expires, base::TimePoint now) {
  locked(id, [&](RowShm& row) {
    SlotShm* one = find(row, id);
    // Taken over meanwhile, by somebody who thought we would never come to an end.
    if (!one || one->state != kClaimed || one->owner != observe::ProcessIdentity::self().word()) return;
    if (der.size() > largest_certificate()) {
      one->state = kFree;
      return;
    }
    one->length = static_cast<uint32_t>(der.size());
    memcpy(one->der, der.data(), der.size());
    one->key_generation = key_generation;
    one->expires = nanoseconds(expires);
    one->used_at = nanoseconds(now);
    one->uses = 1;
    const uint64_t seed = id.words[0] ^ id.words[1] ^ key_generation ^ static_cast<uint64_t>(one->expires);
    one->check = checksum(one->der, one->length, seed);
    one->state = kReady;
  });
}

void CertificateStore::abandon(const CertificateId& id) {
  locked(id, [&](RowShm& row) {
    SlotShm* one = find(row, id);
    if (one && one->state == kClaimed && one->owner == observe::ProcessIdentity::self().word()) one->state = kFree;
  });
}

void CertificateStore::forget(const CertificateId& id) {
  locked(id, [&](RowShm& row) {
    SlotShm* one = find(row, id);
    if (one && one->state == kReady) one->state = kFree;
  });
}

size_t CertificateStore::used() const {
  size_t count = 0;
  for (size_t row = 0; row < rows_; row++)
    for (size_t way = 0; way < kWays; way++)
      count += slot(*reinterpret_cast<RowShm*>(memory_ + row * row_bytes_), way).state == kReady;
  return count;
}

}  // namespace navajo::mitm
