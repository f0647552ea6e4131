// How long something took, counted in buckets whose bounds double: 125 us, 250 us, 0.5 ms ... 65.536 s, and above.
// Fit for a proxy: what is answered from memory and what times out after a minute are told apart, and a quantile is
// off by less than half its value (in practice by a few percent: between two bounds it is interpolated).
// Latency is a plain copy; what is counted into stands in shared memory (navajo/observe/series_table.h).
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "navajo/base/clock.h"

namespace navajo::observe {

inline constexpr size_t kLatencyBounds = 20;
inline constexpr size_t kLatencyBuckets = kLatencyBounds + 1;  // the last one: above all bounds
inline constexpr std::chrono::nanoseconds kFirstLatencyBound = std::chrono::microseconds(125);

// Inclusive, as OpenMetrics' "le" is. i < kLatencyBounds.
constexpr std::chrono::nanoseconds latency_bound(size_t i) { return kFirstLatencyBound * (int64_t{1} << i); }

// Of a time below 0 (a clock that was read in another order): the first.
constexpr size_t latency_bucket(std::chrono::nanoseconds took) {
  if (took <= kFirstLatencyBound) return 0;
  const auto bucket = std::bit_width(static_cast<uint64_t>((took.count() - 1) / kFirstLatencyBound.count()));
  return static_cast<size_t>(bucket) < kLatencyBounds ? static_cast<size_t>(bucket) : kLatencyBounds;
}

struct Latency {
  std::array<uint64_t, kLatencyBuckets> buckets{};  // each for itself, not cumulative
  uint64_t nanoseconds = 0;                         // the sum

  uint64_t count() const;
  double seconds() const { return static_cast<double>(nanoseconds) / 1e9; }
  // In seconds; q from 0 to 1. None: nothing was counted. Above the last bound it is that bound.
  std::optional<double> quantile(double q) const;
  Latency& operator+=(const Latency& other);
  // What was counted between two looks; `before` is the earlier one.
  Latency since(const Latency& before) const;
};

}  // namespace navajo::observe
