// Sessions in shared memory: all children of a server see the same ones, a child that is killed loses at most the one
// change it was making, and the memory is found again over graceful restarts. See store_layout.h for how, and
// session_store.h for what may be called. A call takes one short lock of one stripe; none waits for anything else.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "navajo/base/clock.h"
#include "navajo/session/session_store.h"
#include "navajo/session/store_core.h"
#include "navajo/session/store_walk.h"
#include "navajo/shm/segment.h"

namespace navajo::session {

struct LocalStoreOptions {
  std::string name;
  uint64_t memory_size = 0;
  uint32_t stripes = 1000;
  uint64_t max_session_size = 1 << 20;  // bytes of memory one session may use
};

// Locks held at once by a repair; the kernel frees no more than 2048 of a process that dies.
inline constexpr uint32_t kMaxStripes = 2000;
// Below this nothing fits beside the locks.
inline constexpr uint64_t kMinMemorySize = 256 * 1024;

// For sessions a tick of 10 ms is exact enough, and reading it costs next to nothing.
const base::Clock& coarse_clock();

class LocalSessionStore final : public SessionStore {
 public:
  // In the parent, while the configuration is built. Takes over the segment an earlier configuration of this process
  // made under that name, with its sessions and its size; memory of another layout is replaced, and the log says so.
  static base::Result<std::unique_ptr<LocalSessionStore>> open(const LocalStoreOptions& options,
                                                               const base::Clock& clock = coarse_clock());
  // Name of the segment in this process's descriptors.
  static std::string segment_name(const std::string& store_name);
  static constexpr char kSegmentPrefix[] = "navajo-sessions-";

  base::Result<CreatedSession, Refusal> create(const SessionLimits& limits) override;
  std::optional<SessionRef> find(std::string_view id, std::chrono::milliseconds min_interval) override;
  bool touch(const SessionRef& session, std::chrono::milliseconds min_interval) override;
  bool is_outdated(std::string_view id) override;
  bool get(const SessionRef& session, std::string_view name, AttributeValue& value) override;
  std::pmr::vector<Attribute> attributes(const SessionRef& session, std::pmr::memory_resource& memory) override;
  base::Result<SetResult, Refusal> set(const SessionRef& session, std::string_view name, AttributeType type,
                                       std::string_view bytes) override;
  bool remove(const SessionRef& session, std::string_view name) override;
  bool set_limits(const SessionRef& session, const SessionLimits& limits) override;
  base::Result<std::string, Refusal> renew(const SessionRef& session, std::chrono::milliseconds grace) override;
  bool invalidate(const SessionRef& session) override;
  void visit_from(uint32_t index, base::FunctionRef<bool(const SessionView&)> visitor) override;
  StoreNumbers numbers() const override;

  // Stops the world for a moment: about 10 ms per GB in use.
  WalkReport validate();
  // Frees what killed processes left. The reaper calls it when one was noticed.
  WalkReport repair();

  const std::string& name() const { return core_.name(); }
  uint64_t memory_size() const { return core_.memory().geometry().size; }
  StoreCore& core() { return core_; }

 private:
  LocalSessionStore(const LocalStoreOptions& options, shm::Segment segment, const Geometry& geometry,
                    const base::Clock& clock);
  // The session is still the one that was found; its stripe is locked.
  bool is(const SessionRef& session) const;
  bool known(const SessionRef& session) const { return session.index < core_.memory().committed(); }

  shm::Segment segment_;
  StoreCore core_;
  uint32_t max_blocks_;
};

}  // namespace navajo::session
