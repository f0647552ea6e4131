// How many certificates a client may have minted, and all clients together: token buckets (GCRA) for all children, so
// that a flood of invented names costs a bounded share of the processors. Known hosts never come here.
//
// A fixed table of single words, changed by compare-and-swap: a process that is killed leaves it whole. A full row
// gives up the client that has asked least. Of the common bucket the last quarter is for clients that have asked for
// little lately, so that the one who floods is refused before the others. IPv6 clients count by their /64.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "navajo/base/clock.h"

namespace navajo::mitm {

struct MintLimits {
  unsigned per_second, burst;              // of one client; at least 1
  unsigned total_per_second, total_burst;  // of all together
};

class MintLimiter {
 public:
  static constexpr size_t kWays = 8, kRows = 512;
  struct Row {
    std::atomic<uint64_t> entries[kWays];
  };
  struct TableShm {
    std::atomic<uint64_t> total;
    Row rows[kRows];
  };

  // seed: random, equal in all children, so that nobody can aim at a row. `begin`: any time not after the first call.
  MintLimiter(TableShm& table, const MintLimits& limits, uint64_t seed, base::TimePoint begin)
      : table_(table), limits_(limits), seed_(seed), begin_(begin) {}

  enum class Answer : uint8_t { granted, client_limited, all_limited };
  // Takes one token of each bucket, or none. client: an address as text; any text counts as a client.
  Answer take(std::string_view client, base::TimePoint now);

 private:
  uint64_t ticks(base::TimePoint now) const;
  uint64_t hash_of(std::string_view client) const;

  TableShm& table_;
  MintLimits limits_;
  uint64_t seed_;
  base::TimePoint begin_;
};

}  // namespace navajo::mitm
