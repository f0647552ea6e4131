#include "navajo/mitm/leaf_keys.h"

#include <openssl/crypto.h>

#include <cstring>

#include "navajo/mitm/checksum.h"
#include "navajo/observe/log.h"
#include "navajo/reactor/offload.h"

namespace navajo::mitm {
namespace {

constexpr unsigned kRsaBits = 2048;

int64_t nanoseconds(base::TimePoint when) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
}

uint64_t check_of(const LeafKeyShm& slot) {
  return checksum(slot.der, slot.length, slot.generation ^ static_cast<uint64_t>(slot.made_at));
}

struct PlainKey {
  unsigned char der[sizeof LeafKeyShm::der];
  uint32_t length = 0;
  ~PlainKey() { OPENSSL_cleanse(der, sizeof der); }
};

tls::KeyHandle parse(const PlainKey& plain) {
  const unsigned char* at = plain.der;
  return tls::KeyHandle(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(plain.length)));
}

bool write(EVP_PKEY* key, PlainKey& into) {
  const int length = i2d_PrivateKey(key, nullptr);
  if (length <= 0 || static_cast<size_t>(length) > sizeof into.der) return false;
  unsigned char* at = into.der;
  into.length = static_cast<uint32_t>(length);
  return i2d_PrivateKey(key, &at) == length;
}

}  // namespace

// Lock held. Null also for a slot somebody has written over.
LeafKeyShm* LeafKeys::valid_slot(uint64_t generation) {
  LeafKeyShm& slot = memory_.slots[generation % 2];
  const bool valid = generation != 0 && slot.generation == generation && slot.length <= sizeof slot.der &&
                     slot.check == check_of(slot);
  return valid ? &slot : nullptr;
}

LeafKeyPointer LeafKeys::known(uint64_t generation) {
  std::lock_guard guard(guard_);
  const LeafKeyPointer& key = known_[generation % 2];
  return key && key->generation == generation ? key : nullptr;
}

void LeafKeys::remember(LeafKeyPointer key) {
  std::lock_guard guard(guard_);
  known_[key->generation % 2] = std::move(key);
}

// From shared memory, where another process has put it.
LeafKeyPointer LeafKeys::adopt(uint64_t generation) {
  PlainKey plain;
  int64_t made_at = 0;
  {
    shm::RobustLock lock(memory_.lock);
    if (lock.state() == shm::Locked::failed) return nullptr;
    // Whatever the dead was writing: the checksum tells whether it is whole.
    if (lock.state() == shm::Locked::owner_died) lock.consistent();
    const LeafKeyShm* slot = valid_slot(generation);
    if (!slot) return nullptr;
    memcpy(plain.der, slot->der, slot->length);
    plain.length = slot->length;
    made_at = slot->made_at;
  }
  auto key = std::make_shared<LeafKey>(LeafKey{parse(plain), nullptr, type_, generation});
  if (key->key) key->half = public_half(key->key.get());
  if (!key->half) return nullptr;
  remember(key);
  if (generation == memory_.current.load(std::memory_order_acquire))
    due_.store(made_at + std::chrono::nanoseconds(rotation_).count(), std::memory_order_relaxed);
  return key;
}

LeafKeyPointer LeafKeys::of_generation(uint64_t generation) {
  if (generation == 0) return nullptr;
  if (LeafKeyPointer key = known(generation)) return key;
  return adopt(generation);
}

LeafKeyPointer LeafKeys::make(base::TimePoint now) {
  auto made = std::make_shared<LeafKey>(LeafKey{nullptr, nullptr, type_, 0});
  if (type_ == KeyType::ecdsa) {
    made->key = make_ecdsa_key();
  } else if (!reactor::offload([&] { made->key = make_rsa_key(kRsaBits); })) {
    return nullptr;
  }
  PlainKey plain;
  if (made->key) made->half = public_half(made->key.get());
  if (!made->half || !write(made->key.get(), plain)) return nullptr;
  bool damaged = false;
  {
    shm::RobustLock lock(memory_.lock);
    if (lock.state() == shm::Locked::failed) return nullptr;
    damaged = lock.state() == shm::Locked::owner_died;
    if (damaged) lock.consistent();
    const uint64_t before = memory_.current.load(std::memory_order_relaxed);
    const LeafKeyShm* theirs = valid_slot(before);
    damaged |= before != 0 && !theirs;
    // Another process was faster.
    const bool fresh = theirs && nanoseconds(now) < theirs->made_at + std::chrono::nanoseconds(rotation_).count();
    if (!fresh) {
      made->generation = before + 1;
      LeafKeyShm& slot = memory_.slots[made->generation % 2];
      OPENSSL_cleanse(slot.der, sizeof slot.der);
      slot.generation = made->generation;
      slot.made_at = nanoseconds(now);
      slot.length = plain.length;
      memcpy(slot.der, plain.der, plain.length);
      slot.check = check_of(slot);
      memory_.current.store(made->generation, std::memory_order_release);
      due_.store(slot.made_at + std::chrono::nanoseconds(rotation_).count(), std::memory_order_relaxed);
    }
  }
  if (damaged)
    observe::log(
        observe::id::certificate_store_repaired,
        "the key of minted certificates was damaged, perhaps by a process that was killed: there is a new one");
  if (made->generation == 0) return adopt(memory_.current.load(std::memory_order_acquire));
  remember(made);
  return made;
}

LeafKeyPointer LeafKeys::current(base::TimePoint now, reactor::Deadline deadline) {
  const auto usable = [&]() -> LeafKeyPointer {
    LeafKeyPointer key = of_generation(memory_.current.load(std::memory_order_acquire));
    return key && nanoseconds(now) < due_.load(std::memory_order_relaxed) ? key : nullptr;
  };
  if (LeafKeyPointer key = usable()) return key;
  // While one makes the next, others go on with the one that is due.
  if (!making_.try_lock()) {
    if (LeafKeyPointer key = of_generation(memory_.current.load(std::memory_order_acquire))) return key;
    if (making_.lock(deadline) != reactor::Wake::ready) return nullptr;
  }
  const std::lock_guard making(making_, std::adopt_lock);
  if (LeafKeyPointer key = usable()) return key;
  return make(now);
}

}  // namespace navajo::mitm
