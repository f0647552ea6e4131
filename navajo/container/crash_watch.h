// What a child process had in hand when it died, as its parent finds it afterwards, and whether that has shut the
// door: crashRecoveryStrategy (nevisproxy-container-servlets.md 2.4). One segment of shared memory for a parent and
// all its children, found again over restarts: what a crash has blocked stays blocked until somebody lifts it.
//
// The parent opens it before it forks. A child claims a slot before its first request and releases it at an orderly
// end; a slot that is not released when its process has ended was left by a crash (a signal, an abort, an _exit in
// the middle), and its count of requests is what was lost. Requests are counted only if the caller does so: two
// additions on a cache line of the thread's own, none where the strategy does not ask.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <optional>

#include "navajo/base/result.h"
#include "navajo/shm/segment.h"

namespace navajo::container {

class CrashWatch {
 public:
  // In the parent, once per configuration. slots: children there can be at once, those that drain included.
  static base::Result<CrashWatch> open(uint32_t slots);

  // ------------------------------------------------------------ in a child
  // False: no slot is free; this child's death will not be known as a crash.
  [[nodiscard]] bool claim();
  void release();
  // Any thread; a request may end on another thread than it began on.
  void request_begins();
  void request_ends();

  // ------------------------------------------------------------ in the parent
  struct Death {
    bool orderly = true;
    uint32_t requests = 0;  // in work when it died
  };
  // The child has ended. None: it never claimed a slot.
  std::optional<Death> child_ended(pid_t pid);
  void block(pid_t because_of, uint32_t requests);

  // ------------------------------------------------------------ anywhere
  struct Block {
    int64_t since = 0;  // seconds since 1970
    pid_t child = 0;
    uint32_t requests = 0;
  };
  bool blocked() const { return head().blocked_at.load(std::memory_order_relaxed) != 0; }
  std::optional<Block> current_block() const;
  // False: nothing was blocked.
  bool unblock();
  uint64_t crashes() const { return head().crashes.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kRequestLanes = 8;
  struct alignas(64) LaneShm {
    std::atomic<int32_t> requests;
  };
  struct alignas(64) SlotShm {
    std::atomic<pid_t> owner;  // 0: free
    std::atomic<bool> released;
    LaneShm lanes[kRequestLanes];
  };
  struct alignas(64) HeadShm {
    char magic[8];
    uint32_t layout;
    uint32_t slots;
    std::atomic<int64_t> blocked_at;
    std::atomic<pid_t> blocked_by;
    std::atomic<uint32_t> blocked_requests;
    std::atomic<uint64_t> crashes;
  };

  explicit CrashWatch(shm::Segment segment) : segment_(std::move(segment)) {}
  static bool is_ours(const shm::Segment& segment, uint32_t slots);
  HeadShm& head() const { return *reinterpret_cast<HeadShm*>(segment_.data()); }
  SlotShm& slot(uint32_t index) const;
  std::atomic<int32_t>& lane() const;

  shm::Segment segment_;
  SlotShm* own_ = nullptr;
};

}  // namespace navajo::container
