// OpenMetrics 1.0 text (https://prometheus.io/docs/specs/om/open_metrics_spec/), family by family. Names get the prefix
// "navajo_"; a family's unit is the end of its name. Samples of one family follow one another, as the format demands:
//
//   MetricsText out;
//   out.family("requests", MetricType::counter, "requests answered");
//   out.sample({}, 17);                                 // navajo_requests_total 17
//   out.family("backend_up", MetricType::gauge, "...");
//   out.sample({{"backend", "app1:80"}}, 1);
//   response.write(out.finish());
//
// Label values may be any bytes: quotes, backslashes and line ends are escaped, what is no UTF-8 becomes U+FFFD. A label
// whose value is empty is left out, which says the same. One thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/observe/latency_histogram.h"

namespace navajo::observe {

// Of the whole text, for Content-Type.
inline constexpr char kOpenMetricsType[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

enum class MetricType : uint8_t { counter, gauge, histogram, info };

struct MetricLabel {
  std::string_view name, value;
};

class MetricsText {
 public:
  using LabelList = std::span<const MetricLabel>;

  // unit: "seconds", "bytes" or none; the name ends with it.
  void family(std::string_view name, MetricType type, std::string_view help, std::string_view unit = {});
  void sample(LabelList labels, double value);
  void sample(LabelList labels, uint64_t value);
  void sample(std::initializer_list<MetricLabel> labels, double value) { sample(as_list(labels), value); }
  void sample(std::initializer_list<MetricLabel> labels, uint64_t value) { sample(as_list(labels), value); }
  // Of a family that is a histogram: all its buckets, sum and count.
  void sample(LabelList labels, const Latency& latency);
  // The text, complete. Once.
  std::string finish();

 private:
  static LabelList as_list(std::initializer_list<MetricLabel> labels) { return {labels.begin(), labels.size()}; }
  void name_and_labels(std::string_view suffix, LabelList labels, std::string_view le = {});
  void value(double number);
  void value(uint64_t number);

  std::string out_, name_;
  MetricType type_ = MetricType::gauge;
};

}  // namespace navajo::observe
