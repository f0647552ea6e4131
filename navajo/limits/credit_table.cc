#include "navajo/limits/credit_table.h"

#include <algorithm>
#include <cstring>

#include "navajo/limits/way_mark.h"

namespace navajo::limits {
namespace {

constexpr unsigned kUsedBits = 36;
constexpr uint64_t kMaxUsed = (uint64_t{1} << kUsedBits) - 1;

int64_t begin_of(uint64_t word) { return static_cast<int64_t>(word >> kUsedBits) * 60; }
uint64_t pack(int64_t begin, uint64_t used) {
  return static_cast<uint64_t>(begin / 60) << kUsedBits | std::min(used, kMaxUsed);
}

struct Use {
  int64_t begin, end;
  uint64_t used;
};

// What a way's state is in the light of the window that is now by the spec.
Use look(uint64_t word, int64_t end, const Window& now) {
  const int64_t begin = begin_of(word), now_begin = now.begin / 60 * 60;
  const uint64_t used = word & kMaxUsed;
  if (word == 0) return {now_begin, now.end, 0};
  if (now_begin == begin) return {begin, now.end, used};
  if (now_begin > begin) {
    // The end is missing where a process died before it could write it: then windows of one spec followed each other.
    const bool over = now_begin >= end || end <= begin;
    return {now_begin, now.end, over ? 0 : used};
  }
  // The clock was set back, or the spec is another one: a window that is to come only after the next one is none.
  if (begin >= now.end + (now.end - now.begin)) return {now_begin, now.end, used};
  return {begin, std::max(end, now.end), used};
}

bool is_over(const CreditTable::WayShm& way, int64_t wall) {
  const int64_t begin = begin_of(way.word.load(std::memory_order_acquire));
  return std::max(way.end.load(std::memory_order_acquire), begin) + CreditTable::kKeptSeconds <= wall;
}

void set_label(CreditTable::WayShm& way, std::string_view label) {
  char text[64] = {};
  label.copy(text, sizeof text);
  for (size_t i = 0; i < 8; i++) {
    uint64_t part = 0;
    memcpy(&part, text + i * 8, 8);
    way.label[i].store(part, std::memory_order_relaxed);
  }
}

CreditRecord record_of(const CreditTable::WayShm& way, uint64_t tag) {
  CreditRecord record;
  record.high = tag;
  record.low = way.low.load(std::memory_order_relaxed);
  record.word = way.word.load(std::memory_order_acquire);
  record.end = way.end.load(std::memory_order_relaxed);
  record.amount = way.amount.load(std::memory_order_relaxed);
  for (size_t i = 0; i < 8; i++) {
    const uint64_t part = way.label[i].load(std::memory_order_relaxed);
    memcpy(record.label + i * 8, &part, 8);
  }
  return record;
}

// The later window, and of one window the greater use.
void raise(CreditTable::WayShm& way, uint64_t word, int64_t end) {
  uint64_t before = way.word.load(std::memory_order_acquire);
  while (word > before && !way.word.compare_exchange_weak(before, word)) {}
  if (way.end.load() < end) way.end.store(end);
}

}  // namespace

uint64_t CreditTable::used_of(uint64_t word) { return word & kMaxUsed; }

int CreditTable::find(const RowShm& row, uint64_t tag, uint64_t low) const {
  for (int i = 0; i < static_cast<int>(kWays); i++)
    if (row.tags[i].load(std::memory_order_acquire) == tag && row.ways[i].low.load(std::memory_order_relaxed) == low)
      return i;
  return -1;
}

int CreditTable::take_way(RowShm& row, uint64_t tag, uint64_t low, int64_t wall, std::string_view label) {
  for (int attempt = 0; attempt < 4; attempt++) {
    int chosen = -1;
    uint64_t expected = 0;
    for (int i = 0; i < static_cast<int>(kWays) && (chosen < 0 || expected != 0); i++) {
      const uint64_t there = row.tags[i].load(std::memory_order_acquire);
      if (there != 0 && (!is_key(there) || !is_over(row.ways[i], wall))) continue;
      chosen = i;
      expected = there;
    }
    if (chosen < 0) return -1;
    if (!row.tags[chosen].compare_exchange_strong(expected, own_mark())) continue;
    (expected == 0 ? numbers_.keys : numbers_.evictions).fetch_add(1, std::memory_order_relaxed);
    WayShm& way = row.ways[chosen];
    way.word.store(0);
    way.end.store(0);
    way.amount.store(0);
    way.low.store(low);
    set_label(way, label);
    row.tags[chosen].store(tag);
    return join(row, tag, low, chosen);
  }
  return -1;
}

// Two that came at once: the lower one stays.
int CreditTable::join(RowShm& row, uint64_t tag, uint64_t low, int mine) {
  for (int i = 0; i < static_cast<int>(kWays); i++) {
    if (i == mine || row.tags[i].load() != tag || row.ways[i].low.load() != low) continue;
    const int stays = std::min(i, mine), goes = std::max(i, mine);
    uint64_t expected = tag;
    if (row.tags[goes].compare_exchange_strong(expected, own_mark())) {
      raise(row.ways[stays], row.ways[goes].word.load(), row.ways[goes].end.load());
      numbers_.keys.fetch_sub(1, std::memory_order_relaxed);
      row.tags[goes].store(0);
    }
    mine = stays;
  }
  return mine;
}

CreditDecision CreditTable::use_way(WayShm& way, const CreditSpec& spec, const Window& window, int64_t wall,
                                    uint64_t price, Mode mode) {
  CreditDecision decision;
  decision.limit = std::min(spec.amount, kMaxUsed);
  for (;;) {
    uint64_t word = way.word.load(std::memory_order_acquire);
    const int64_t end = way.end.load(std::memory_order_acquire);
    Use now = look(word, end, window);
    const uint64_t left = decision.limit - std::min(now.used, decision.limit);
    decision.allowed = mode == Mode::beyond || (price <= left && (price != 0 || left != 0));
    if (decision.allowed && price != 0) {
      now.used += std::min(price, kMaxUsed - now.used);
      if (!way.word.compare_exchange_strong(word, pack(now.begin, now.used), std::memory_order_acq_rel)) continue;
      if (end != now.end) way.end.store(now.end, std::memory_order_release);
      if (way.amount.load(std::memory_order_relaxed) != decision.limit)
        way.amount.store(decision.limit, std::memory_order_relaxed);
      if (numbers_.changed.load(std::memory_order_relaxed) == 0) numbers_.changed.store(1);
    }
    decision.remaining = decision.limit - std::min(now.used, decision.limit);
    decision.reset_after = std::chrono::seconds(std::max<int64_t>(now.end - wall, 1));
    if (decision.allowed && spec.soft_limit != 0 && spec.soft_limit < decision.limit && now.used > spec.soft_limit)
      decision.delay = std::chrono::milliseconds(
          static_cast<int64_t>(static_cast<double>(spec.max_delay.count()) *
                               static_cast<double>(std::min(now.used, decision.limit) - spec.soft_limit) /
                               static_cast<double>(decision.limit - spec.soft_limit)));
    return decision;
  }
}

CreditDecision CreditTable::use(const Key& key, const CreditSpec& spec, int64_t wall, uint64_t price, Mode mode,
                                std::string_view label) {
  const Window window = window_at(spec, wall);
  RowShm& row = row_of(key.low);
  const uint64_t tag = key.high | kKeyBit;
  for (int attempt = 0; attempt < 4; attempt++) {
    int way = find(row, tag, key.low);
    if (way < 0) way = take_way(row, tag, key.low, wall, label);
    if (way < 0) break;
    const CreditDecision decision = use_way(row.ways[way], spec, window, wall, price, mode);
    if (row.tags[way].load(std::memory_order_acquire) == tag) return decision;
  }
  numbers_.crowded.fetch_add(1, std::memory_order_relaxed);
  CreditDecision decision = use_way(row.ways[kWays], spec, window, wall, price, mode);
  decision.crowded = true;
  return decision;
}

bool CreditTable::restore(const CreditRecord& record, int64_t wall) {
  if (!is_key(record.high)) return false;
  if (std::max(record.end, begin_of(record.word)) + kKeptSeconds <= wall) return true;  // nobody needs it
  RowShm& row = row_of(record.low);
  int way = find(row, record.high, record.low);
  if (way < 0)
    way = take_way(row, record.high, record.low, wall,
                   std::string_view(record.label, strnlen(record.label, sizeof record.label)));
  if (way < 0) return false;
  raise(row.ways[way], record.word, record.end);
  if (row.ways[way].amount.load() == 0) row.ways[way].amount.store(record.amount);
  return true;
}

void CreditTable::for_each(base::FunctionRef<bool(const CreditRecord&)> visit) const {
  for (uint32_t at = 0; at < count_; at++) {
    const RowShm& row = rows_[at];
    for (unsigned i = 0; i < kWays; i++) {
      const uint64_t tag = row.tags[i].load(std::memory_order_acquire);
      if (!is_key(tag)) continue;
      const CreditRecord record = record_of(row.ways[i], tag);
      // Nothing is used, or it has become another's meanwhile.
      if (record.word == 0 || row.tags[i].load(std::memory_order_acquire) != tag) continue;
      if (!visit(record)) return;
    }
  }
}

uint64_t CreditTable::forget(RowShm& row, base::FunctionRef<bool(const CreditRecord&)> which) {
  uint64_t forgotten = 0;
  for (unsigned i = 0; i <= kWays; i++) {
    uint64_t tag = i < kWays ? row.tags[i].load(std::memory_order_acquire) : 0;
    if (i < kWays && !is_key(tag)) continue;
    const CreditRecord record = record_of(row.ways[i], tag);
    if (record.word == 0 || !which(record)) continue;
    if (i == kWays) {
      row.ways[i].word.store(0);
    } else {
      if (!row.tags[i].compare_exchange_strong(tag, own_mark())) continue;
      row.tags[i].store(0);
      numbers_.dropped.fetch_add(1, std::memory_order_relaxed);
    }
    forgotten++;
  }
  // Both sets of the file have it, and of two records the greater use counts.
  if (forgotten > 0) numbers_.changed.store(2);
  return forgotten;
}

uint64_t CreditTable::forget(base::FunctionRef<bool(const CreditRecord&)> which) {
  uint64_t forgotten = 0;
  for (uint32_t at = 0; at < count_; at++) forgotten += forget(rows_[at], which);
  return forgotten;
}

uint64_t CreditTable::forget(const Key& key) {
  return forget(row_of(key.low), [&](const CreditRecord& record) {
    return record.high == (key.high | kKeyBit) && record.low == key.low;
  });
}

uint64_t CreditTable::clean(uint32_t from, uint32_t to, int64_t wall) {
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
      if (!is_over(row.ways[i], wall) || !row.tags[i].compare_exchange_strong(tag, own_mark())) continue;
      // It may have been used between the two looks.
      const bool over = is_over(row.ways[i], wall);
      row.tags[i].store(over ? 0 : tag);
      if (!over) continue;
      numbers_.dropped.fetch_add(1, std::memory_order_relaxed);
      keys--;
    }
  }
  return keys;
}

}  // namespace navajo::limits
