#include "navajo/limits/rate_table.h"

#include <algorithm>

#include "navajo/limits/way_mark.h"
#include "navajo/observe/status_segment.h"

namespace navajo::limits {
namespace {

constexpr double kKept = 0.5;  // of its limit: who has used as much keeps its way

}  // namespace

RateDecision RateTable::decide(const Key& key, const RateSpec& spec, uint64_t now_ns, uint64_t cost) {
  RowShm& row = rows_[row_of(key)];
  const uint64_t tag = key_id(key), word = spec_word(spec);
  if (spec.limit == 0) return {.allowed = false, .reset_after = spec.window, .retry_after = spec.window};
  for (int attempt = 0; attempt < 4; attempt++) {
    int way = -1;
    for (int i = 0; i < static_cast<int>(kWays) && way < 0; i++)
      if (row.tags[i].load(std::memory_order_acquire) == tag &&
          row.ways[i].spec.load(std::memory_order_relaxed) == word)
        way = i;
    if (way < 0) way = take_way(row, tag, spec, now_ns);
    if (way < 0) break;
    const RateDecision decision = take(row.ways[way], spec, now_ns, cost);
    // Meanwhile somebody else's: what was counted there is lost, and counted anew.
    if (row.tags[way].load(std::memory_order_acquire) == tag) return decision;
  }
  return decide_shared(row, spec, now_ns, cost);
}

int RateTable::take_way(RowShm& row, uint64_t tag, const RateSpec& spec, uint64_t now_ns) {
  for (int attempt = 0; attempt < 4; attempt++) {
    int chosen = -1;
    const RateStateShm* before = nullptr;
    uint64_t expected = 0;
    double least = kKept;
    for (int i = 0; i < static_cast<int>(kWays); i++) {
      const uint64_t there = row.tags[i].load(std::memory_order_acquire);
      if (there == tag && row.ways[i].spec.load(std::memory_order_relaxed) != spec_word(spec)) before = &row.ways[i];
      if (there != 0 && !is_key(there)) continue;
      const double share = there == 0 ? -1 : used_share(row.ways[i], now_ns);
      if (share >= least || there == tag) continue;
      least = share;
      chosen = i;
      expected = there;
    }
    if (chosen < 0) return -1;
    if (!row.tags[chosen].compare_exchange_strong(expected, own_mark())) continue;
    if (expected == 0) numbers_.keys.fetch_add(1, std::memory_order_relaxed);
    if (least > 0) {
      numbers_.evictions.fetch_add(1, std::memory_order_relaxed);
      observe::count(observe::Counter::limiter_evictions);
    }
    begin(row.ways[chosen], spec, before, now_ns);
    row.tags[chosen].store(tag);
    return join(row, tag, spec_word(spec), chosen, now_ns);
  }
  return -1;
}

// The lower one stays.
int RateTable::join(RowShm& row, uint64_t tag, uint64_t word, int mine, uint64_t now_ns) {
  for (int i = 0; i < static_cast<int>(kWays); i++) {
    if (i == mine || row.tags[i].load() != tag || row.ways[i].spec.load() != word) continue;
    const int low = std::min(i, mine), high = std::max(i, mine);
    uint64_t expected = tag;
    if (row.tags[high].compare_exchange_strong(expected, own_mark())) {
      merge(row.ways[low], row.ways[high], now_ns);
      numbers_.keys.fetch_sub(1, std::memory_order_relaxed);
      row.tags[high].store(0);
    }
    mine = low;
  }
  return mine;
}

// Of whichever spec it counts by, it is one limit for all who come here.
RateDecision RateTable::decide_shared(RowShm& row, const RateSpec& spec, uint64_t now_ns, uint64_t cost) {
  numbers_.crowded.fetch_add(1, std::memory_order_relaxed);
  RateStateShm& shared = row.ways[kWays];
  uint64_t word = shared.spec.load(std::memory_order_acquire);
  if (word != spec_word(spec) && used_share(shared, now_ns) == 0) {
    for (auto& one : shared.words) one.store(0, std::memory_order_relaxed);
    if (shared.spec.compare_exchange_strong(word, spec_word(spec))) word = spec_word(spec);
  }
  RateSpec counted = spec;
  if (word != spec_word(spec)) {
    counted.window = std::chrono::milliseconds(static_cast<int64_t>(word & 0xffffffffffff));
    counted.algorithm = static_cast<RateAlgorithm>(word >> 48 & 0xff);
    // All rules that meet here share the smallest of their limits.
    counted.limit = std::min(spec.limit, limit_of(shared));
    counted.burst = 0;
  }
  RateDecision decision = take(shared, counted, now_ns, cost);
  decision.crowded = true;
  return decision;
}

uint64_t RateTable::clean(uint32_t from, uint32_t to, uint64_t now_ns) {
  uint64_t keys = 0;
  for (uint32_t at = from; at < std::min(to, count_); at++) {
    RowShm& row = rows_[at];
    for (unsigned i = 0; i < kWays; i++) {
      uint64_t tag = row.tags[i].load(std::memory_order_acquire);
      if (tag == 0) continue;
      if (!is_key(tag)) {
        if (taker_lives(tag)) continue;
        if (!row.tags[i].compare_exchange_strong(tag, 0)) continue;
        numbers_.repaired.fetch_add(1, std::memory_order_relaxed);
        numbers_.keys.fetch_sub(1, std::memory_order_relaxed);
        continue;
      }
      keys++;
      if (used_share(row.ways[i], now_ns) > 0) continue;
      // By way of a mark: who counts in it at this moment sees that it is another's and counts anew.
      if (!row.tags[i].compare_exchange_strong(tag, own_mark())) continue;
      if (used_share(row.ways[i], now_ns) > 0) {
        row.tags[i].store(tag);
        continue;
      }
      row.tags[i].store(0);
      numbers_.dropped.fetch_add(1, std::memory_order_relaxed);
      keys--;
    }
  }
  return keys;
}

void RateTable::for_each(uint32_t from, uint32_t to, uint64_t now_ns,
                         base::FunctionRef<void(const RateUse&)> visit) const {
  for (uint32_t at = from; at < std::min(to, count_); at++) {
    const RowShm& row = rows_[at];
    for (unsigned i = 0; i <= kWays; i++) {
      const uint64_t tag = i < kWays ? row.tags[i].load(std::memory_order_acquire) : 0;
      if (i < kWays && !is_key(tag)) continue;
      RateUse use = use_of(row.ways[i], now_ns);
      if (use.share == 0 || (i < kWays && row.tags[i].load(std::memory_order_acquire) != tag)) continue;
      use.id = tag;
      visit(use);
    }
  }
}

uint64_t RateTable::forget(uint32_t from, uint32_t to, uint64_t now_ns, base::FunctionRef<bool(const RateUse&)> which) {
  uint64_t forgotten = 0;
  for (uint32_t at = from; at < std::min(to, count_); at++) {
    RowShm& row = rows_[at];
    for (unsigned i = 0; i <= kWays; i++) {
      uint64_t tag = i < kWays ? row.tags[i].load(std::memory_order_acquire) : 0;
      if (i < kWays && !is_key(tag)) continue;
      RateUse use = use_of(row.ways[i], now_ns);
      use.id = tag;
      if (use.share == 0 || !which(use)) continue;
      if (i == kWays) {
        for (auto& one : row.ways[i].words) one.store(0);
      } else {
        // By way of a mark, as clean() does.
        if (!row.tags[i].compare_exchange_strong(tag, own_mark())) continue;
        row.tags[i].store(0);
        numbers_.dropped.fetch_add(1, std::memory_order_relaxed);
      }
      forgotten++;
    }
  }
  return forgotten;
}

uint64_t RateTable::forget(const Key& key, uint64_t now_ns) {
  const uint32_t row = row_of(key);
  return forget(row, row + 1, now_ns, [&](const RateUse& use) { return use.id == key_id(key); });
}

}  // namespace navajo::limits
