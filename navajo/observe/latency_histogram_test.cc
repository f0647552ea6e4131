#include "navajo/observe/latency_histogram.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;
using namespace std::chrono_literals;

TEST_GROUP(LatencyHistogram) {
  static Latency of(std::initializer_list<std::chrono::nanoseconds> times) {
    Latency out;
    for (const auto time : times) {
      out.buckets[latency_bucket(time)]++;
      out.nanoseconds += static_cast<uint64_t>(time.count());
    }
    return out;
  }
};

TEST(LatencyHistogram, a_bound_belongs_to_its_own_bucket) {
  LONGS_EQUAL(0, latency_bucket(0ns));
  LONGS_EQUAL(0, latency_bucket(-5ms));
  for (size_t i = 0; i < kLatencyBounds; i++) {
    LONGS_EQUAL(i, latency_bucket(latency_bound(i)));
    LONGS_EQUAL(i + 1, latency_bucket(latency_bound(i) + 1ns));
  }
  LONGS_EQUAL(kLatencyBounds, latency_bucket(24h));
}

TEST(LatencyHistogram, bounds_reach_from_below_half_a_millisecond_to_above_a_minute) {
  CHECK(latency_bound(0) < 500us);
  CHECK(latency_bound(kLatencyBounds - 1) > 60s);
}

TEST(LatencyHistogram, a_quantile_lies_between_the_bounds_of_its_bucket) {
  Latency many;
  for (int i = 1; i <= 1000; i++) many += of({i * 1ms});
  CHECK(*many.quantile(0.5) > 0.45 && *many.quantile(0.5) < 0.55);
  CHECK(*many.quantile(0.99) > 0.9 && *many.quantile(0.99) <= 1.024);
  LONGS_EQUAL(1000, many.count());
  DOUBLES_EQUAL(500.5, many.seconds(), 0.001);
}

TEST(LatencyHistogram, of_nothing_there_is_no_quantile) { CHECK_FALSE(Latency().quantile(0.5).has_value()); }

TEST(LatencyHistogram, above_the_last_bound_it_is_that_bound) {
  DOUBLES_EQUAL(65.536, *of({2min}).quantile(0.5), 1e-9);
}

TEST(LatencyHistogram, tells_what_was_counted_between_two_looks) {
  const Latency before = of({1ms, 2ms});
  Latency after = before;
  after += of({4ms});
  LONGS_EQUAL(1, after.since(before).count());
  LONGS_EQUAL(4'000'000, after.since(before).nanoseconds);
  LONGS_EQUAL(0, before.since(after).count());
}
