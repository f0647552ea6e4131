// The certificates that are ready for handshakes in this process, at most `capacity` of them. Those that were asked for
// once only give way first: they have a fifth of the room at least and drive each other out, so that a flood of
// invented names leaves the hosts that are used alone. Within each part the one that was used longest ago goes. Any
// thread.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "navajo/mitm/certificate_store.h"
#include "navajo/mitm/leaf_keys.h"

namespace navajo::mitm {

// One certificate with its key: all that a handshake needs besides the issuer's chain.
struct Leaf {
  tls::CertificateHandle certificate;
  LeafKeyPointer key;
  base::TimePoint expires;
};
using LeafPointer = std::shared_ptr<const Leaf>;

class CertificateCache {
 public:
  explicit CertificateCache(size_t capacity) : capacity_(capacity) {}
  ~CertificateCache();
  CertificateCache(const CertificateCache&) = delete;

  LeafPointer find(const CertificateId& id, base::TimePoint now);
  void insert(const CertificateId& id, LeafPointer leaf);

  size_t size() const;
  // Estimated (docs/decisions/0010 has what was measured).
  static constexpr size_t kBytesEach = 2700;

 private:
  struct Entry {
    CertificateId id;
    LeafPointer leaf;
    bool proven;  // asked for more than once
  };
  using Entries = std::list<Entry>;
  struct Hash {
    size_t operator()(const CertificateId& id) const { return id.words[0]; }  // a digest
  };
  void erase(Entries::iterator entry);
  void make_room();

  const size_t capacity_;
  mutable std::mutex guard_;
  std::unordered_map<CertificateId, Entries::iterator, Hash> by_id_;
  Entries fresh_, proven_;  // the one used last comes first
};

}  // namespace navajo::mitm
