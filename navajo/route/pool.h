// One table of backends made ready to choose from: for each app its candidates by priority, each with its row of the
// load table, and what the policy needs besides (a ring, a schedule, who is where). Made when the table changes, by one
// thread; immutable then but for what is marked, and shared by all choosers.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "navajo/route/digest.h"
#include "navajo/route/hash_ring.h"
#include "navajo/route/load_table.h"
#include "navajo/route/places.h"
#include "navajo/route/router.h"
#include "navajo/route/weighted_turns.h"

namespace navajo::route {

class WaitingLine;
struct Pool;

inline constexpr uint16_t kNoRegion = UINT16_MAX;

struct Candidate {
  LoadRowShm* load;
  const BackendRow* backend;
  const Pool* pool;
  uint32_t load_row;
  uint32_t tag;         // BindingTable::tag_of()
  uint32_t soft, hard;  // hard: 0 is none
  uint32_t weight;
  uint16_t country, region;  // region: index of Prepared::regions, or kNoRegion
  bool same_zone;            // as this server
};

// Backends of one priority.
struct Group {
  // Up to so many are looked at one by one; of more, those of a country or region are found by `countries` and
  // `regions`.
  static constexpr size_t kScanned = 64;
  struct Range {
    uint16_t key;
    uint32_t begin, end;  // of by_country or by_region
  };

  int32_t priority = 0;
  std::vector<Candidate> candidates;
  std::vector<uint16_t> by_country, by_region;
  std::vector<Range> countries, regions;  // by key
  WeightedTurns turns;
  HashRing ring;

  // Of a group too large to be added up at every choice: as of that millisecond.
  struct Sum {
    std::atomic<int64_t> at{0};
    std::atomic<uint64_t> load{0};
    std::atomic<double> weight{0};
  };
  mutable Sum sum;
  mutable std::atomic<uint64_t> turn{0};  // of this process
};

struct Pool {
  std::string_view app;
  std::vector<std::unique_ptr<Group>> groups;  // by priority
  size_t backends = 0;
  bool any_expires = false;
  std::shared_ptr<WaitingLine> line;
};

struct Prepared {
  std::shared_ptr<const BackendTable> table;
  std::unordered_map<std::string_view, std::unique_ptr<Pool>> pools;
  std::vector<std::string_view> regions;  // sorted
  std::vector<const Candidate*> by_load_row;
  uint16_t home_region = kNoRegion;
  size_t without_row = 0;  // left out: the load table is full

  const Pool* find(std::string_view app) const {
    const auto at = pools.find(app);
    return at == pools.end() ? nullptr : at->second.get();
  }
  uint16_t region_index(std::string_view region) const;
};

// Under the segment's lock: rows may be made. before: may be null; those that were unhealthy in it and are not now
// begin slowly.
std::shared_ptr<Prepared> prepare(std::shared_ptr<const BackendTable> table, const Prepared* before,
                                  const RouterOptions& options, LoadTable& loads, const DigestSecret& secret,
                                  int64_t now_ms);

}  // namespace navajo::route
