#include "navajo/observe/latency_histogram.h"

#include <algorithm>

namespace navajo::observe {

uint64_t Latency::count() const {
  uint64_t sum = 0;
  for (const uint64_t bucket : buckets) sum += bucket;
  return sum;
}

std::optional<double> Latency::quantile(double q) const {
  const uint64_t all = count();
  if (all == 0) return std::nullopt;
  const double wanted = std::clamp(q, 0.0, 1.0) * static_cast<double>(all);
  double below = 0;
  for (size_t i = 0; i < kLatencyBounds; i++) {
    const double here = static_cast<double>(buckets[i]);
    if (here > 0 && below + here >= wanted) {
      const double low = i == 0 ? 0 : static_cast<double>(latency_bound(i - 1).count());
      const double high = static_cast<double>(latency_bound(i).count());
      return (low + (high - low) * (wanted - below) / here) / 1e9;
    }
    below += here;
  }
  return static_cast<double>(latency_bound(kLatencyBounds - 1).count()) / 1e9;
}

Latency& Latency::operator+=(const Latency& other) {
  for (size_t i = 0; i < kLatencyBuckets; i++) buckets[i] += other.buckets[i];
  nanoseconds += other.nanoseconds;
  return *this;
}

Latency Latency::since(const Latency& before) const {
  Latency out;
  for (size_t i = 0; i < kLatencyBuckets; i++) out.buckets[i] = buckets[i] - std::min(buckets[i], before.buckets[i]);
  out.nanoseconds = nanoseconds - std::min(nanoseconds, before.nanoseconds);
  return out;
}

}  // namespace navajo::observe
