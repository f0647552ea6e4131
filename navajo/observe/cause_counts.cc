#include "navajo/observe/cause_counts.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace navajo::observe {
namespace {

constexpr uint32_t kFree = 0, kBeingNamed = 1, kNamed = 2;

size_t first_row(std::string_view cause) {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : cause) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash % CauseTableShm::kRows;
}

std::string_view name_of(const CauseRowShm& row) { return {row.name, strnlen(row.name, sizeof row.name)}; }

}  // namespace

void count_cause(CauseTableShm& table, std::string_view cause) {
  cause = cause.substr(0, sizeof CauseRowShm::name);
  for (size_t i = 0, start = first_row(cause); i < CauseTableShm::kRows; i++) {
    CauseRowShm& row = table.rows[(start + i) % CauseTableShm::kRows];
    uint32_t state = row.state.load(std::memory_order_acquire);
    if (state == kFree && row.state.compare_exchange_strong(state, kBeingNamed, std::memory_order_acq_rel)) {
      memcpy(row.name, cause.data(), cause.size());
      row.state.store(kNamed, std::memory_order_release);
      state = kNamed;
    }
    // A row somebody else names just now is passed over: if it is the same word, there are two rows of it, and the
    // reader adds them.
    if (state != kNamed || name_of(row) != cause) continue;
    row.count.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  table.other.fetch_add(1, std::memory_order_relaxed);
}

CauseCounts read_causes(const CauseTableShm& table) {
  std::map<std::string, uint64_t> sums;
  for (const CauseRowShm& row : table.rows)
    if (row.state.load(std::memory_order_acquire) == kNamed)
      sums[std::string(name_of(row))] += row.count.load(std::memory_order_relaxed);
  CauseCounts out(sums.begin(), sums.end());
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (const uint64_t other = table.other.load(std::memory_order_relaxed)) out.emplace_back("other", other);
  return out;
}

}  // namespace navajo::observe
