// The key pairs of leaves, one of each type for all children: a certificate that one child has minted is then of use to
// all of them. A key is made when it is first asked for, in whichever child that is, and lies in anonymous shared
// memory, on no disk. After `rotation` the next one is made; the one before stays good for certificates that have it,
// the one before that is wiped. See docs/decisions/0010.
//
// initialise() in the parent before it forks; all else any thread of any process. A process that is killed in the
// middle costs at most the keys: new ones are made (NVJ1808).
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "navajo/base/clock.h"
#include "navajo/mitm/key_type.h"
#include "navajo/reactor/sync.h"
#include "navajo/shm/robust_mutex.h"

namespace navajo::mitm {

struct LeafKeyShm {
  uint64_t generation;  // 0: none
  int64_t made_at;      // nanoseconds of the monotonic clock
  uint64_t check;
  uint32_t length;
  unsigned char der[1796];
};

struct LeafKeyRingShm {
  shm::RobustMutexShm lock;
  std::atomic<uint64_t> current;  // generation; 0: none yet
  LeafKeyShm slots[2];            // generation % 2
};

struct LeafKey {
  tls::KeyHandle key;
  tls::KeyHandle half;  // public_half(), which all certificates share
  KeyType type;
  uint64_t generation;
};
using LeafKeyPointer = std::shared_ptr<const LeafKey>;

class LeafKeys {
 public:
  LeafKeys(KeyType type, LeafKeyRingShm& memory, base::Duration rotation)
      : type_(type), memory_(memory), rotation_(rotation) {}
  // False: the system has no more locks.
  bool initialise() { return memory_.lock.initialise() == 0; }

  // What new leaves get. On a fiber an RSA key is made by a helper thread while others wait for it, or go on with the
  // one before. Null: there is none in time.
  LeafKeyPointer current(base::TimePoint now, reactor::Deadline deadline);
  // Of a certificate that another process has minted. Null: it is gone.
  LeafKeyPointer of_generation(uint64_t generation);

 private:
  LeafKeyPointer adopt(uint64_t generation);
  LeafKeyPointer make(base::TimePoint now);
  LeafKeyPointer known(uint64_t generation);
  void remember(LeafKeyPointer key);
  LeafKeyShm* valid_slot(uint64_t generation);

  KeyType type_;
  LeafKeyRingShm& memory_;
  base::Duration rotation_;
  std::mutex guard_;
  LeafKeyPointer known_[2];              // guarded; generation % 2
  std::atomic<int64_t> due_{INT64_MIN};  // of the current one, nanoseconds of the monotonic clock
  reactor::Mutex making_;
};

}  // namespace navajo::mitm
