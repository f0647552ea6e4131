#include "navajo/observe/metrics_text.h"

#include <limits>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;
using namespace std::chrono_literals;

TEST_GROUP(MetricsText){};

TEST(MetricsText, a_counter_has_its_type_help_and_total) {
  MetricsText out;
  out.family("requests", MetricType::counter, "requests answered");
  out.sample({}, uint64_t{17});
  STRCMP_EQUAL("# TYPE navajo_requests counter\n# HELP navajo_requests requests answered\nnavajo_requests_total 17\n"
               "# EOF\n",
               out.finish().c_str());
}

TEST(MetricsText, a_histogram_is_cumulative_and_ends_with_infinity) {
  MetricsText out;
  out.family("x_seconds", MetricType::histogram, "x", "seconds");
  Latency latency;
  latency.buckets[1] = 2;
  latency.buckets[kLatencyBounds] = 1;
  latency.nanoseconds = 1'500'000'000;
  const MetricLabel labels[] = {{"host", "www"}};
  out.sample(MetricsText::LabelList(labels), latency);
  const std::string text = out.finish();
  STRCMP_CONTAINS("# UNIT navajo_x_seconds seconds\n", text.c_str());
  STRCMP_CONTAINS("navajo_x_seconds_bucket{host=\"www\",le=\"0.000125\"} 0\n", text.c_str());
  STRCMP_CONTAINS("navajo_x_seconds_bucket{host=\"www\",le=\"0.00025\"} 2\n", text.c_str());
  STRCMP_CONTAINS("navajo_x_seconds_bucket{host=\"www\",le=\"65.536\"} 2\n", text.c_str());
  STRCMP_CONTAINS("navajo_x_seconds_bucket{host=\"www\",le=\"+Inf\"} 3\n", text.c_str());
  STRCMP_CONTAINS("navajo_x_seconds_sum{host=\"www\"} 1.5\n", text.c_str());
  STRCMP_CONTAINS("navajo_x_seconds_count{host=\"www\"} 3\n", text.c_str());
}

TEST(MetricsText, labels_are_escaped_and_always_utf_8) {
  MetricsText out;
  out.family("x", MetricType::gauge, "x");
  out.sample({{"a", "q\"b\\s\nl\ttab"}, {"b", "\xff"}, {"c", ""}, {"d", "\xc3\xa4"}}, 1.5);
  STRCMP_CONTAINS("navajo_x{a=\"q\\\"b\\\\s\\nl tab\",b=\"\xef\xbf\xbd\",d=\"\xc3\xa4\"} 1.5\n", out.finish().c_str());
}

TEST(MetricsText, says_what_is_no_number) {
  MetricsText out;
  out.family("x", MetricType::gauge, "x");
  out.sample({}, std::numeric_limits<double>::infinity());
  out.sample({{"a", "b"}}, std::numeric_limits<double>::quiet_NaN());
  const std::string text = out.finish();
  STRCMP_CONTAINS("navajo_x +Inf\n", text.c_str());
  STRCMP_CONTAINS("navajo_x{a=\"b\"} NaN\n", text.c_str());
}
