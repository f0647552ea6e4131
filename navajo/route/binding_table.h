// Which backend a client comes back to. Buckets of eight ways; a way is two words that are changed one after the other
// without a lock: the client's digest, and the backend with a piece of that digest and the time of last use. A pair
// that does not fit together, of a process that was killed or two that met, is nobody's and is used again. A full
// bucket gives up the one that was used longest ago. The time to live is looked at with every use; sweep() only counts
// and cleans. Any thread of any process.
#pragma once

#include <atomic>
#include <cstdint>

namespace navajo::route {

struct BindingNumbersShm {
  std::atomic<uint64_t> live;     // when the last pass ended
  std::atomic<uint64_t> counted;  // of the pass under way
  std::atomic<uint32_t> sweep_at;
  std::atomic<uint64_t> evicted, told_evicted;
};

class BindingTable {
 public:
  static constexpr unsigned kWays = 8;
  struct WayShm {
    std::atomic<uint64_t> client, bound;
  };
  struct alignas(64) BucketShm {
    WayShm ways[kWays];
  };
  static uint32_t buckets_for(uint64_t bindings);

  // A backend is its row of the load table and a piece of its id: another id in that row later is another backend.
  static uint32_t tag_of(uint32_t load_row, uint64_t id_digest) {
    return (load_row & kRowMask) | static_cast<uint32_t>(id_digest >> 53) << kRowBits;
  }
  static uint32_t row_of(uint32_t tag) { return tag & kRowMask; }
  static constexpr uint32_t kNone = UINT32_MAX;

  BindingTable(BucketShm* buckets, uint32_t count, BindingNumbersShm& numbers)
      : buckets_(buckets), count_(count), numbers_(numbers) {}

  // The tag client is bound to, which counts as a use; kNone. ttl and now in seconds of the steady clock.
  uint32_t find(uint64_t client, uint32_t ttl, int64_t now);
  enum class Made : uint8_t { bound, bound_anew, evicted };
  Made bind(uint64_t client, uint32_t tag, uint32_t ttl, int64_t now);
  // Only if it is that one.
  void drop(uint64_t client, uint32_t tag);
  // Looks at so many buckets, from where the last call ended.
  void sweep(uint32_t buckets, uint32_t ttl, int64_t now);

  uint64_t live() const { return numbers_.live.load(std::memory_order_relaxed); }
  uint64_t capacity() const { return uint64_t{count_} * kWays; }
  uint32_t buckets() const { return count_; }

 private:
  static constexpr unsigned kRowBits = 13;
  static constexpr uint32_t kRowMask = (1u << kRowBits) - 1;
  BucketShm& bucket_of(uint64_t client) { return buckets_[(client >> 32) * count_ >> 32]; }

  BucketShm* const buckets_;
  const uint32_t count_;
  BindingNumbersShm& numbers_;
};

}  // namespace navajo::route
