// What a Routing keeps in shared memory (shm/segment.h), found again over graceful restarts: a head, the load table and
// the bindings. One that another version made, or that is damaged, is replaced (NVJ2011). One thread opens
// (configuration).
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "navajo/base/result.h"
#include "navajo/route/binding_table.h"
#include "navajo/route/digest.h"
#include "navajo/route/load_table.h"
#include "navajo/route/retry_budget.h"
#include "navajo/route/router.h"
#include "navajo/shm/robust_mutex.h"
#include "navajo/shm/segment.h"

namespace navajo::route {

inline constexpr size_t kRefusals = static_cast<size_t>(Refusal::retry_budget) + 1;

// Times: milliseconds of the steady clock.
struct RoutingHeaderShm {
  char magic[8];
  uint32_t version;
  uint32_t buckets;  // of bindings
  uint64_t size;
  DigestSecret secret;
  shm::RobustMutexShm lock;  // rows are made, backends ejected
  // Which child does what is for all of them: sweeping, giving back of the dead; health checks.
  std::atomic<uint64_t> caretaker, checker;
  std::atomic<int64_t> caretaker_until, checker_until;
  std::atomic<uint64_t> geography_told;  // Places::signature() of which the log has spoken
  std::atomic<int64_t> queue_told;
  alignas(64) std::atomic<uint64_t> refusals[kRefusals];
  alignas(64) RetryBudgetShm retries;
  alignas(64) BindingNumbersShm bindings;
};

class RoutingSegment {
 public:
  static constexpr char kPrefix[] = "navajo-routing-";
  static base::Result<RoutingSegment> open(const RouterOptions& options);
  // Those of Routings there are no more.
  static size_t close_unwanted(base::FunctionRef<bool(std::string_view routing)> wanted);

  RoutingHeaderShm& header() const { return *reinterpret_cast<RoutingHeaderShm*>(segment_.data()); }
  LoadTable::Layout& loads() const;
  BindingTable::BucketShm* buckets() const;
  // Of LoadTable::claim_child().
  bool commit_loads(uint64_t offset, uint64_t bytes) const;

 private:
  explicit RoutingSegment(shm::Segment segment) : segment_(std::move(segment)) {}
  shm::Segment segment_;
};

}  // namespace navajo::route
