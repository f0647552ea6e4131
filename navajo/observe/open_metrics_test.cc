#include "navajo/observe/open_metrics.h"

#include <unistd.h>

#include <set>
#include <sstream>
#include <string>

#include "navajo/observe/metrics_text.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;
using namespace std::chrono_literals;

TEST_GROUP(OpenMetrics) {
  std::string rendered(const StatusNumbers& numbers, const Traffic& traffic) {
    MetricsText out;
    write_metrics(out, numbers, traffic);
    return out.finish();
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
};

TEST(OpenMetrics, a_unit_stands_at_the_end_of_a_name) {
  STRCMP_EQUAL("in_bytes", metric_name("bytes_in").name.c_str());
  STRCMP_EQUAL("certificate_bytes", metric_name("certificate_bytes").name.c_str());
  STRCMP_EQUAL("run_queue_delay_max_seconds", metric_name("run_queue_delay_max_us").name.c_str());
  DOUBLES_EQUAL(1e-6, metric_name("run_queue_delay_max_us").scale, 0);
  STRCMP_EQUAL("requests", metric_name("requests").name.c_str());
  CHECK(metric_name("requests").unit.empty());
}

TEST(OpenMetrics, every_number_of_the_table_is_there_with_the_tables_help) {
  StatusNumbers numbers;
  numbers.counters[static_cast<size_t>(Counter::bytes_in)] = 5;
  numbers.gauges[static_cast<size_t>(Gauge::run_queue_delay_max_us)] = 250;
  const std::string text = rendered(numbers, {});
  for (const CounterRow& row : kCounterRows) {
    const std::string name = "navajo_" + metric_name(row.name).name;
    CHECK_TRUE_TEXT(has(text, "# TYPE " + name + " counter\n"), row.name);
    CHECK_TRUE_TEXT(has(text, "# HELP " + name + " " + row.help + "\n"), row.name);
    CHECK_TRUE_TEXT(has(text, "\n" + name + "_total "), row.name);
  }
  for (const GaugeRow& row : kGaugeRows)
    CHECK_TRUE_TEXT(has(text, "\nnavajo_" + metric_name(row.name).name + " "), row.name);
  CHECK(has(text, "\nnavajo_in_bytes_total 5\n"));
  CHECK(has(text, "\nnavajo_run_queue_delay_max_seconds 0.00025\n"));
}

TEST(OpenMetrics, no_family_comes_twice) {
  std::istringstream lines(rendered({}, {}));
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("# TYPE ")) CHECK_TRUE_TEXT(seen.insert(line.substr(0, line.rfind(' '))).second, line.c_str());
  CHECK(seen.size() > kCounters + kGauges);
}

TEST(OpenMetrics, histograms_causes_and_certificates_have_their_labels) {
  StatusNumbers numbers;
  numbers.causes = {{"no_backend", 3}};
  numbers.certificates = {{"www.example.org:443", "server", 1'800'000'000}};
  numbers.parent_pid = static_cast<uint32_t>(getpid());
  numbers.parent_alive = true;
  Traffic traffic;
  auto& family = traffic.families[static_cast<size_t>(Family::request_duration)];
  family.series.push_back({{"www", "/a", "Shop", "2xx"}, {}});
  family.series[0].latency.buckets[3] = 4;
  family.most = 192;
  const std::string text = rendered(numbers, traffic);
  CHECK(has(text, "navajo_http_request_duration_seconds_bucket{host=\"www\",context=\"/a\",servlet=\"Shop\","
                  "status_class=\"2xx\",le=\"0.001\"} 4\n"));
  CHECK(has(text, "navajo_causes_total{cause=\"no_backend\"} 3\n"));
  CHECK(has(text, "navajo_certificate_not_after_seconds{name=\"www.example.org:443\",use=\"server\"} 1.8e+09\n"));
  CHECK(has(text, "navajo_series_limit{family=\"http_request_duration\"} 192\n"));
  CHECK(has(text, "navajo_up 1\n"));
  CHECK_FALSE(has(text, "navajo_resident_memory_bytes{process=\"parent\"} 0\n"));
}
