// OpenMetrics 1.0 text (https://prometheus.io/docs/specs/om/open_metrics_spec/). In labels and help quotes, backslashes
// and line ends are escaped; what is no UTF-8 becomes U+FFFD.
#pragma once

#include <string>
#include <string_view>

#include "navajo/observe/metrics_writer.h"

namespace navajo::observe {

// Of the whole text, for Content-Type.
inline constexpr char kOpenMetricsType[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

class MetricsText final : public MetricsWriter {
 public:
  using MetricsWriter::sample;
  void family(std::string_view name, MetricType type, std::string_view help, std::string_view unit = {}) override;
  void sample(LabelList labels, double value) override;
  void sample(LabelList labels, uint64_t value) override;
  void sample(LabelList labels, const Latency& latency) override;
  // The text, complete. Once.
  std::string finish();

 private:
  void name_and_labels(std::string_view suffix, LabelList labels, std::string_view le = {});
  void value(double number);
  void value(uint64_t number);

  std::string out_, name_;
  MetricType type_ = MetricType::gauge;
};

}  // namespace navajo::observe
