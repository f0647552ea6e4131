#include "navajo/identity/lockout.h"

#include <algorithm>

namespace navajo::identity {
namespace {

// An entry: 26 bits of the key, 8 bits of failures, 30 bits of seconds on the monotonic clock (34 years). 0: free.
constexpr unsigned kTagShift = 38, kCountShift = 30;
constexpr uint64_t kMostFailures = 0xff, kSecondsMask = (uint64_t{1} << 30) - 1;

uint64_t tag_of(uint64_t key) { return std::max<uint64_t>(key >> kTagShift, 1); }
uint64_t tag(uint64_t entry) { return entry >> kTagShift; }
uint64_t count(uint64_t entry) { return entry >> kCountShift & kMostFailures; }
uint64_t last(uint64_t entry) { return entry & kSecondsMask; }
uint64_t make(uint64_t tag, uint64_t count, uint64_t seconds) {
  return tag << kTagShift | std::min(count, kMostFailures) << kCountShift | (seconds & kSecondsMask);
}

uint64_t seconds_of(base::TimePoint now) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

bool over(uint64_t entry, std::chrono::seconds window, uint64_t now) {
  return now >= last(entry) + static_cast<uint64_t>(window.count());
}

uint64_t mixed(uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  return x ^ x >> 32;
}

}  // namespace

uint64_t LockoutTable::key(std::string_view kind, std::string_view a, std::string_view b) const {
  uint64_t hash = mixed(seed_);
  // The length of each part counts, so that "ab"+"c" is not "a"+"bc".
  for (const std::string_view part : {kind, a, b}) {
    hash = mixed(hash ^ part.size());
    for (const char c : part) hash = mixed(hash ^ static_cast<unsigned char>(c));
  }
  return hash;
}

unsigned LockoutTable::locked_for(uint64_t key, unsigned limit, std::chrono::seconds window,
                                  base::TimePoint when) const {
  const uint64_t now = seconds_of(when);
  size_t locked_others = 0;
  for (const auto& slot : row(key).entries) {
    const uint64_t entry = slot.load(std::memory_order_relaxed);
    if (entry == 0 || over(entry, window, now)) continue;
    const bool locked = count(entry) >= limit;
    if (tag(entry) == tag_of(key))
      return locked ? static_cast<unsigned>(last(entry) + static_cast<uint64_t>(window.count()) - now) : 0;
    locked_others += locked;
  }
  return locked_others == kWays ? static_cast<unsigned>(window.count()) : 0;
}

bool LockoutTable::failed(uint64_t key, unsigned limit, std::chrono::seconds window, base::TimePoint when) {
  const uint64_t now = seconds_of(when);
  Row& chosen = row(key);
  while (true) {
    std::atomic<uint64_t>* slot = nullptr;
    uint64_t old = 0, least = UINT64_MAX;
    for (auto& candidate : chosen.entries) {
      const uint64_t entry = candidate.load(std::memory_order_relaxed);
      if (entry != 0 && tag(entry) == tag_of(key)) {
        slot = &candidate;
        old = entry;
        break;
      }
      const bool free = entry == 0 || over(entry, window, now);
      if (!free && count(entry) >= limit) continue;
      // The fewest failures, and of equal ones the oldest.
      const uint64_t guilt = free ? 0 : (count(entry) << kCountShift | last(entry));
      if (guilt >= least) continue;
      least = guilt;
      slot = &candidate;
      old = entry;
    }
    if (!slot) return false;  // all of the row are locked out, which locked_for() tells of this key as well
    const bool same = old != 0 && tag(old) == tag_of(key) && !over(old, window, now);
    const uint64_t failures = same ? count(old) + 1 : 1;
    if (slot->compare_exchange_weak(old, make(tag_of(key), failures, now), std::memory_order_relaxed))
      return failures == limit;
  }
}

void LockoutTable::succeeded(uint64_t key) {
  for (auto& slot : row(key).entries) {
    uint64_t entry = slot.load(std::memory_order_relaxed);
    if (entry != 0 && tag(entry) == tag_of(key)) slot.compare_exchange_strong(entry, 0, std::memory_order_relaxed);
  }
}

}  // namespace navajo::identity
