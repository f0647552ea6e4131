// How every backend is at this moment, all children together: who is at work with it, how long it takes to connect,
// what has gone wrong. One row for each backend's id, kept as long as a child wants it or somebody is at work there, so
// that it outlives new tables and graceful restarts.
//
// A place is taken by compare-and-swap against the hard limit before anybody connects, so the limit holds exactly.
// Besides, every child has a count of its own for each row, by which what it held when it was killed is given back; one
// that is killed between the two leaves a count too high by one, never too low, which is mended when it stays so.
// Any thread of any process, no lock, no wait; row_of() under the segment's lock (routing_segment.h).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "navajo/base/clock.h"
#include "navajo/base/function_ref.h"
#include "navajo/route/backend_table.h"

namespace navajo::route {

enum class Checked : uint32_t { unknown, up, down };

// Times are milliseconds of the steady clock; 0: never.
struct alignas(128) LoadRowShm {
  std::atomic<uint64_t> id;            // digest; 0: free
  std::atomic<uint64_t> at_work;       // LoadTable::count_of(); above that, how often it has changed
  std::atomic<uint32_t> connect_us;    // a mean in which the last ones weigh more; 0: not known
  std::atomic<uint32_t> failures;      // in a row
  std::atomic<int64_t> ejected_until;  // past, but not 0: one trial at a time, until one succeeds
  std::atomic<int64_t> up_since;       // slow start counts from it
  std::atomic<uint64_t> trial;         // observe::ProcessIdentity of whoever tries; 0: nobody
  std::atomic<uint32_t> ejections;     // in a row
  std::atomic<Checked> checked;        // by active health checks, which also own the next three
  std::atomic<uint32_t> checks_good;   // in a row
  std::atomic<uint32_t> checks_bad;
  std::atomic<int64_t> checked_at;
  std::atomic<uint64_t> outcomes;        // in a window of ten seconds (outliers.cc)
  std::atomic<int64_t> wanted_at;        // by a child, at this time at least
  std::atomic<uint64_t> chosen, failed;  // since the row was made
};

class LoadTable {
 public:
  static constexpr uint32_t kRows = 2 * kMaxBackends;
  // The first one is for processes that found no place: what they hold is not given back when they die.
  static constexpr uint32_t kChildren = 128;
  static constexpr uint32_t kNoRow = UINT32_MAX;
  static constexpr uint32_t kMaxAtWork = (1 << 24) - 1;
  // A row nobody has wanted for so long, and nobody is at work with, is free for another id.
  static constexpr int64_t kForgottenMs = 60'000;

  struct Layout {
    std::atomic<uint64_t> owners[kChildren];  // observe::ProcessIdentity; 0: free
    std::atomic<uint64_t> repaired;
    LoadRowShm rows[kRows];
    std::atomic<uint32_t> held[kChildren][kRows];
  };

  // Zeroed memory, or that of a table before.
  explicit LoadTable(Layout& layout) : layout_(layout) {}

  // Once in a child, before its first choice. commit(offset, bytes) makes sure of the memory.
  void claim_child(base::FunctionRef<bool(uint64_t offset, uint64_t bytes)> commit);
  void release_child();  // what it still holds is given back

  // The row of an id's digest, made when there is none; kNoRow: all are in use. Says that it is wanted.
  uint32_t row_of(uint64_t id, int64_t now_ms);
  // None is made.
  uint32_t find(uint64_t id) const;
  LoadRowShm& row(uint32_t index) { return layout_.rows[index]; }
  const LoadRowShm& row(uint32_t index) const { return layout_.rows[index]; }

  // hard: 0 is none. False: there is no place.
  [[nodiscard]] bool take(uint32_t index, uint32_t hard);
  void give(uint32_t index);
  static uint32_t count_of(uint64_t at_work) { return static_cast<uint32_t>(at_work & kMaxAtWork); }
  uint32_t at_work(uint32_t index) const { return count_of(row(index).at_work.load(std::memory_order_relaxed)); }

  // What dead children held, trials they had begun and, one row per call, a count that nobody stands behind and that
  // has not changed since the last call. Returns how many places came back. One thread of a process.
  uint64_t give_back_of_the_dead();
  uint64_t repaired() const { return layout_.repaired.load(std::memory_order_relaxed); }

 private:
  uint64_t give_back(uint32_t child);
  uint32_t unclaimed(uint32_t index, uint32_t count) const;
  uint64_t mend();

  Layout& layout_;
  uint32_t child_ = 0;
  uint32_t suspect_ = kNoRow;
  uint64_t suspect_word_ = 0;
};

// Of the clock routing goes by.
inline int64_t to_ms(base::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace navajo::route
