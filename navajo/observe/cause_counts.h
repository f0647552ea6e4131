// How often each cause of a refusal was the answer ("no_backend", "backend_timeout": the words of NAVAJO_CAUSE), in
// the status segment: one table of limited size for all children. Counting takes no lock; a cause that finds no row
// counts as "other". A process killed while it names a row loses that row, nothing else. Causes are words of this
// code, never text of a client.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace navajo::observe {

struct CauseRowShm {
  std::atomic<uint32_t> state;  // 0 free, 1 being named, 2 named
  char name[36];                // cut to this
  std::atomic<uint64_t> count;
};

struct CauseTableShm {
  static constexpr size_t kRows = 64;
  CauseRowShm rows[kRows];
  std::atomic<uint64_t> other;
};

void count_cause(CauseTableShm& table, std::string_view cause);

using CauseCounts = std::vector<std::pair<std::string, uint64_t>>;
// Most frequent first; "other" last.
CauseCounts read_causes(const CauseTableShm& table);

}  // namespace navajo::observe
