#include "navajo/mitm/mint_limiter.h"

#include <algorithm>

#include "navajo/mitm/checksum.h"
#include "navajo/mitm/host_name.h"

namespace navajo::mitm {
namespace {

// An entry: 22 bits of the client, 42 bits of the time until which its bucket is in debt, in ticks of 100 us (13
// years).
constexpr unsigned kTimeBits = 42;
constexpr uint64_t kTimeMask = (uint64_t{1} << kTimeBits) - 1;
constexpr std::chrono::microseconds kTick{100};
constexpr uint64_t kTicksPerSecond = 10000;

uint64_t debt_until(uint64_t entry) { return entry & kTimeMask; }

}  // namespace

uint64_t MintLimiter::ticks(base::TimePoint now) const {
  return now > begin_ ? static_cast<uint64_t>((now - begin_) / kTick) : 0;
}

uint64_t MintLimiter::hash_of(std::string_view client) const {
  const auto address = parse_host_name(client);
  if (!address || !address->is_address()) return checksum(client.data(), client.size(), seed_);
  // A household or a server has a whole /64.
  return checksum(address->address.data(), address->address_bytes == 16 ? 8 : 4, seed_);
}

MintLimiter::Answer MintLimiter::take(std::string_view client, base::TimePoint when) {
  const uint64_t now = ticks(when), hash = hash_of(client);
  const uint64_t tag = std::max<uint64_t>(hash >> kTimeBits, 1) << kTimeBits;
  const uint64_t each = std::max<uint64_t>(kTicksPerSecond / limits_.per_second, 1), most = each * limits_.burst;
  std::atomic<uint64_t>* entries = table_.rows[hash % kRows].entries;

  std::atomic<uint64_t>* own = nullptr;
  uint64_t before = 0, after = 0;
  for (;;) {
    own = nullptr;
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < kWays; i++) {
      const uint64_t entry = entries[i].load(std::memory_order_relaxed);
      if ((entry & ~kTimeMask) == tag && entry != 0) {
        own = &entries[i];
        before = entry;
        break;
      }
      if (debt_until(entry) >= least) continue;
      least = debt_until(entry);
      own = &entries[i];
      before = entry;
    }
    const uint64_t debt = (before & ~kTimeMask) == tag ? std::max(debt_until(before), now) : now;
    after = debt + each;
    if (after > now + most) return Answer::client_limited;
    if (own->compare_exchange_weak(before, tag | (after & kTimeMask), std::memory_order_relaxed)) break;
  }

  const uint64_t total_each = std::max<uint64_t>(kTicksPerSecond / limits_.total_per_second, 1);
  const uint64_t total_most = total_each * limits_.total_burst;
  const bool modest = after - now <= most / 2;
  uint64_t total = table_.total.load(std::memory_order_relaxed), next;
  do {
    next = std::max(total, now) + total_each;
    if (next > now + (modest ? total_most : total_most / 4 * 3)) {
      // The client keeps its token, unless it was used meanwhile.
      uint64_t taken = tag | (after & kTimeMask);
      own->compare_exchange_strong(taken, tag | ((after - each) & kTimeMask), std::memory_order_relaxed);
      return Answer::all_limited;
    }
  } while (!table_.total.compare_exchange_weak(total, next, std::memory_order_relaxed));
  return Answer::granted;
}

}  // namespace navajo::mitm
