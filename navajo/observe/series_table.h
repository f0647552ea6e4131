// Numbers by name (which host, which servlet, which backend ...) in the status segment: tables of limited size for all
// children together, so that they outlive children and graceful restarts. Counting takes no lock and allocates nothing:
// one look into the table and two additions. A row has lanes, so that children and threads do not fight for a cache
// line. Names are of the configuration or of this code, never text of a client: a stranger cannot fill a table.
//
// A name that finds no row takes the one that has not been counted in for kForgetAfter (whose numbers go into the row
// "other", so that sums only grow), or else is counted in "other", which says how often. A process that is killed while
// it names a row loses that row, nothing else. Two processes that name a row at the same time may make two of it: the
// reader adds them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/observe/latency_histogram.h"

namespace navajo::observe {

inline constexpr size_t kMostLabels = 4;
inline constexpr size_t kLongestLabel = 57;  // bytes; longer ones are cut
inline constexpr size_t kSeriesLanes = 4;
inline constexpr int64_t kForgetAfter = 3600;  // seconds

using Labels = std::array<std::string_view, kMostLabels>;  // those a family has not are empty

struct SeriesNameShm {
  std::atomic<uint32_t> state;  // 0 free, 1 being named, 2 named
  uint32_t length;
  std::atomic<uint64_t> hash;
  std::atomic<int64_t> last_used;  // seconds since 1970
  char text[kMostLabels * (kLongestLabel + 1)];  // each label with a 0 behind it
};

struct alignas(64) LatencyLaneShm {
  std::atomic<uint64_t> buckets[kLatencyBuckets];
  std::atomic<uint64_t> nanoseconds;
};
struct alignas(64) CountLaneShm {
  std::atomic<uint64_t> count;
};

template <class Lane>
struct alignas(64) SeriesRowShm {
  SeriesNameShm name;
  Lane lanes[kSeriesLanes];
};

struct SeriesOverflowShm {
  std::atomic<uint64_t> unnamed;    // counted in "other" because no row was free
  std::atomic<uint64_t> forgotten;  // rows that gave way
};

template <class Lane, size_t Rows>
struct SeriesTableShm {
  static constexpr size_t kRows = Rows;
  SeriesRowShm<Lane> rows[Rows];
  SeriesRowShm<Lane> other;
  SeriesOverflowShm overflow;
};

// ---------------------------------------------------------------- counting: any thread of any process that has it

// now: seconds since 1970, to the nearest few.
void record(std::span<SeriesRowShm<LatencyLaneShm>> rows, SeriesRowShm<LatencyLaneShm>& other,
            SeriesOverflowShm& overflow, const Labels& labels, std::chrono::nanoseconds took, int64_t now);
void record(std::span<SeriesRowShm<CountLaneShm>> rows, SeriesRowShm<CountLaneShm>& other, SeriesOverflowShm& overflow,
            const Labels& labels, int64_t now);

template <size_t Rows>
void record(SeriesTableShm<LatencyLaneShm, Rows>& table, const Labels& labels, std::chrono::nanoseconds took,
            int64_t now) {
  record(std::span(table.rows), table.other, table.overflow, labels, took, now);
}
template <size_t Rows>
void record(SeriesTableShm<CountLaneShm, Rows>& table, const Labels& labels, int64_t now) {
  record(std::span(table.rows), table.other, table.overflow, labels, now);
}

// ---------------------------------------------------------------- reading

// A plain copy. Of a family that is only counted, latency holds the number in its first bucket.
struct Series {
  std::array<std::string, kMostLabels> labels;
  Latency latency;

  uint64_t count() const { return latency.count(); }
};

// Sorted by labels; "other" (in every label) last, if anything was counted there.
std::vector<Series> read_series(std::span<const SeriesRowShm<LatencyLaneShm>> rows,
                                const SeriesRowShm<LatencyLaneShm>& other, size_t labels);
std::vector<Series> read_series(std::span<const SeriesRowShm<CountLaneShm>> rows,
                                const SeriesRowShm<CountLaneShm>& other, size_t labels);

}  // namespace navajo::observe
