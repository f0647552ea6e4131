// Minted certificates (DER) for all children, in shared memory: what one has minted, the others find. Which of them
// mints is decided here as well: the first one that asks gets the claim.
//
// Rows of eight slots, each row under a robust lock of its own that is held for a copy only, never over a signature. A
// full row gives up what has expired, then what was asked for once only, then what was asked for longest ago: so names
// that are invented drive each other out, not the hosts that are used. A process that is killed in the middle of a
// change leaves slots whose checksum is wrong: they are emptied (NVJ1808). Any thread of any process; initialise()
// first, in the parent.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "navajo/base/clock.h"
#include "navajo/shm/robust_mutex.h"

namespace navajo::mitm {

// Of everything that makes a certificate what it is: name, key type, issuer, the one it mirrors.
struct CertificateId {
  uint64_t words[2];
  bool operator==(const CertificateId&) const = default;
};

class CertificateStore {
 public:
  static constexpr size_t kWays = 8;
  // What a slot costs besides the certificate.
  static constexpr size_t kSlotHead = 72;
  // certificates is rounded up to whole rows; slot_bytes to a multiple of 8.
  static size_t bytes_needed(size_t certificates, size_t slot_bytes);

  // memory: zeroed, of bytes_needed(), aligned as max_align_t, outlives the store.
  CertificateStore(void* memory, size_t certificates, size_t slot_bytes);
  bool initialise();

  struct Found {
    std::string der;
    uint64_t key_generation = 0;
    base::TimePoint expires;
  };
  enum class Answer : uint8_t {
    found,
    claimed,  // mint it, then publish() or abandon()
    busy,     // another process mints it just now: ask again
    full,     // mint it for yourself: all slots of the row are being minted
  };
  Answer find_or_claim(const CertificateId& id, base::TimePoint now, Found& into);
  // A certificate larger than a slot is not kept; the claim goes in any case.
  void publish(const CertificateId& id, std::string_view der, uint64_t key_generation, base::TimePoint expires,
               base::TimePoint now);
  void abandon(const CertificateId& id);
  // A certificate that is of no use any more.
  void forget(const CertificateId& id);

  size_t capacity() const { return rows_ * kWays; }
  size_t largest_certificate() const { return slot_bytes_ - kSlotHead; }
  // How many there are, without locks: nearly right.
  size_t used() const;
  // Only for tests: of the row of an id.
  shm::RobustMutexShm& lock_of(const CertificateId& id);

 private:
  struct SlotShm;
  struct RowShm;
  RowShm& row_of(const CertificateId& id) const;
  SlotShm& slot(RowShm& row, size_t way) const;
  SlotShm* find(RowShm& row, const CertificateId& id) const;
  bool is_whole(const SlotShm& slot) const;
  size_t repair(RowShm& row) const;
  SlotShm* victim(RowShm& row, int64_t now) const;
  template <class Body>
  bool locked(const CertificateId& id, Body&& body) const;

  unsigned char* memory_;
  size_t rows_, slot_bytes_, row_bytes_;
};

}  // namespace navajo::mitm
