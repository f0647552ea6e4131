// Which candidate a policy wants, from what the load table says at this moment. Nothing is taken here, nothing is
// written; the answer may be out of date when it is read. Any thread; no memory from the heap.
//
// Pools of at most Group::kScanned are looked at whole: edge and tiers give exactly what their rule says, ties in turn.
// Of larger ones so many are looked at that are usable, nearest first, from a place that moves on with each choice.
#pragma once

#include "navajo/base/function_ref.h"
#include "navajo/route/pool.h"

namespace navajo::route {

enum class Standing : uint8_t {
  usable,
  trial,  // was ejected, and nobody tries it: whoever takes it is the one
  full,
  unhealthy,  // the table says so
  draining,
  expired,
  down,  // says the health check
  ejected,
  tried,  // by this request
};
const char* word(Standing standing);

struct Inquiry {
  const Asker* asker;
  Location location;
  uint16_t region = kNoRegion;  // Prepared::region_index() of it
  uint16_t home_region = kNoRegion;
  uint64_t hash = 0;
  int64_t now_ms = 0;  // of the steady clock
  int64_t wall = 0;    // Unix seconds
};

struct Score {
  double first = 0;  // less is better; then second, then third
  uint32_t second = 0;
  double third = 0;

  bool operator==(const Score&) const = default;
  bool operator<(const Score& other) const {
    if (first != other.first) return first < other.first;
    return second != other.second ? second < other.second : third < other.third;
  }
};

struct Picked {
  const Candidate* candidate = nullptr;
  bool on_trial = false;
  Refusal refusal = Refusal::none;  // when there is none: all_down or all_full
};

class Chooser {
 public:
  explicit Chooser(const RouterOptions& options)
      : policy_(options.policy), slow_start_ms_(options.slow_start.count()) {}

  Picked pick(const Pool& pool, const Inquiry& inquiry) const;
  // Whether a place of clients counts: else nobody needs to look it up.
  bool wants_place() const {
    return policy_ == Policy::edge || policy_ == Policy::tiers || policy_ == Policy::least_connections;
  }
  bool wants_hash() const { return policy_ == Policy::hash; }

  // load: what it has at work.
  Standing standing(const Candidate& one, const Inquiry& inquiry, uint32_t& load) const;
  Score score(const Candidate& one, const Inquiry& inquiry, uint32_t load) const;
  // 0 the client's country, 1 its region, 2 this server's, 3 elsewhere.
  static unsigned place(const Candidate& one, const Inquiry& inquiry) {
    if (one.country != 0 && one.country == inquiry.location.country) return 0;
    if (one.region == kNoRegion) return 3;
    return one.region == inquiry.region ? 1 : one.region == inquiry.home_region ? 2 : 3;
  }

 private:
  class Search;
  void pick_in_turn(const Group& group, Search& search) const;
  void pick_of_two(const Group& group, Search& search) const;
  void pick_by_hash(const Group& group, Search& search) const;
  void pick_best(const Group& group, Search& search) const;
  double weight_of(const Candidate& one, int64_t now_ms) const;

  const Policy policy_;
  const int64_t slow_start_ms_;
};

}  // namespace navajo::route
