#include "navajo/route/binding_table.h"

#include <algorithm>

#include "navajo/route/load_table.h"

namespace navajo::route {
namespace {

static_assert(LoadTable::kRows == 1u << 13, "a tag holds the number of a row");

// A bound word: backend (24 bits), a piece of the client's digest (16), seconds (24, which go round in 194 days).
constexpr unsigned kTimeBits = 24, kCheckBits = 16;
constexpr uint32_t kTimeMask = (1u << kTimeBits) - 1;

uint64_t word_of(uint64_t client, uint32_t tag, int64_t now) {
  return uint64_t{tag} << (kTimeBits + kCheckBits) | (client & 0xffff) << kTimeBits |
         (static_cast<uint64_t>(now) & kTimeMask);
}

bool fits(uint64_t bound, uint64_t client) { return (bound >> kTimeBits & 0xffff) == (client & 0xffff); }
uint32_t tag_in(uint64_t bound) { return static_cast<uint32_t>(bound >> (kTimeBits + kCheckBits)); }

// Seconds since; children's clocks are one, but a word may be a moment younger than `now`.
uint32_t age_of(uint64_t bound, int64_t now) {
  const uint32_t age = (static_cast<uint32_t>(now) - static_cast<uint32_t>(bound)) & kTimeMask;
  return age > kTimeMask / 2 ? 0 : age;
}

}  // namespace

uint32_t BindingTable::buckets_for(uint64_t bindings) {
  return static_cast<uint32_t>(std::clamp<uint64_t>((bindings + kWays - 1) / kWays, 1, UINT32_MAX / kWays));
}

uint32_t BindingTable::find(uint64_t client, uint32_t ttl, int64_t now) {
  for (WayShm& way : bucket_of(client).ways) {
    if (way.client.load(std::memory_order_acquire) != client) continue;
    uint64_t bound = way.bound.load(std::memory_order_acquire);
    if (!fits(bound, client)) continue;
    const uint32_t age = age_of(bound, now);
    if (age >= ttl) return kNone;
    // Once a second is enough, and spares the others the cache line.
    if (age > 0) way.bound.compare_exchange_strong(bound, word_of(client, tag_in(bound), now));
    return tag_in(bound);
  }
  return kNone;
}

BindingTable::Made BindingTable::bind(uint64_t client, uint32_t tag, uint32_t ttl, int64_t now) {
  BucketShm& bucket = bucket_of(client);
  const uint64_t word = word_of(client, tag, now);
  for (unsigned attempt = 0; attempt < kWays; attempt++) {
    WayShm* best = nullptr;
    uint64_t best_client = 0;
    uint32_t best_age = 0;
    bool is_live = true;
    for (WayShm& way : bucket.ways) {
      const uint64_t there = way.client.load(std::memory_order_acquire);
      const uint64_t bound = way.bound.load(std::memory_order_acquire);
      if (there == client) {
        way.bound.store(word, std::memory_order_release);
        return Made::bound_anew;
      }
      const uint32_t age = age_of(bound, now);
      const bool live = there != 0 && fits(bound, there) && age < ttl;
      if (best && (live > is_live || (live == is_live && (!live || age <= best_age)))) continue;
      best = &way;
      best_client = there;
      best_age = age;
      is_live = live;
    }
    // Another one took it: look again.
    if (!best->client.compare_exchange_strong(best_client, client)) continue;
    best->bound.store(word, std::memory_order_release);
    if (!is_live) return Made::bound;
    numbers_.evicted.fetch_add(1, std::memory_order_relaxed);
    return Made::evicted;
  }
  return Made::bound;  // so busy a bucket: the client is bound the next time
}

void BindingTable::drop(uint64_t client, uint32_t tag) {
  for (WayShm& way : bucket_of(client).ways) {
    uint64_t there = way.client.load(std::memory_order_acquire);
    if (there != client || tag_in(way.bound.load(std::memory_order_acquire)) != tag) continue;
    way.client.compare_exchange_strong(there, 0);
    return;
  }
}

void BindingTable::sweep(uint32_t buckets, uint32_t ttl, int64_t now) {
  uint32_t at = numbers_.sweep_at.load(std::memory_order_relaxed);
  uint64_t live = 0;
  for (uint32_t i = 0; i < std::min(buckets, count_); i++) {
    if (at >= count_) at = 0;
    for (WayShm& way : buckets_[at].ways) {
      uint64_t there = way.client.load(std::memory_order_acquire);
      if (there == 0) continue;
      const uint64_t bound = way.bound.load(std::memory_order_acquire);
      if (fits(bound, there) && age_of(bound, now) < ttl)
        live++;
      else if (fits(bound, there))
        way.client.compare_exchange_strong(there, 0);
    }
    if (++at < count_) continue;
    numbers_.live.store(numbers_.counted.exchange(0) + live, std::memory_order_relaxed);
    live = 0;
  }
  numbers_.counted.fetch_add(live, std::memory_order_relaxed);
  numbers_.sweep_at.store(at, std::memory_order_relaxed);
}

}  // namespace navajo::route
