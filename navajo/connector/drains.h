// Which addresses of which servlets an operator has taken out of service: nothing new goes there, in any child, until
// they are put back. Kept in shared memory (shm/segment.h) that is found again over graceful restarts, by Host,
// Context, servlet and address; gone when the server is stopped. At most kMost at once.
//
// open() in the parent, while the configuration is read. version() and has() from any thread of any process, without a
// lock: who decides with every request remembers what it has seen under which version (BackendList).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "navajo/base/function_ref.h"
#include "navajo/shm/robust_mutex.h"
#include "navajo/shm/segment.h"

namespace navajo::connector {

// Whose backends they are.
struct ServletPlace {
  std::string host, context, servlet;  // names; the context of the root is "/"
};

class Drains {
 public:
  static constexpr uint32_t kMost = 1024;
  using Key = uint64_t;
  static Key key_of(const ServletPlace& place, std::string_view address);

  // Those of before, or none. Null: there is no memory for it, the log says so, and nothing can be drained.
  static std::shared_ptr<Drains> open();

  // Changes with every change.
  uint64_t version() const { return table().version.load(std::memory_order_acquire); }
  // Since when, in seconds since 1970; 0: it is in service.
  int64_t since(Key key) const;

  // Changes are made one after the other, over all processes; an object of this holds the lock. Short.
  class Change {
   public:
    explicit Change(Drains& drains);
    ~Change();
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

    bool possible() const { return lock_.state() == shm::Locked::clean; }
    // False: kMost are there, and all of them are in use.
    bool add(Key key, int64_t now, base::FunctionRef<bool(Key)> in_use);
    void remove(Key key);

   private:
    Drains& drains_;
    shm::RobustLock lock_;
  };

 private:
  struct RowShm {
    std::atomic<Key> key;  // 0: free
    std::atomic<int64_t> since;
  };
  struct TableShm {
    char magic[8];
    uint32_t layout;
    shm::RobustMutexShm lock;
    alignas(64) std::atomic<uint64_t> version;
    std::atomic<uint32_t> used;  // rows behind the last one that was ever taken are free
    RowShm rows[kMost];
  };
  explicit Drains(shm::Segment segment) : segment_(std::move(segment)) {}
  static bool usable(const shm::Segment& segment);
  TableShm& table() const { return *reinterpret_cast<TableShm*>(segment_.data()); }

  shm::Segment segment_;
};

}  // namespace navajo::connector
