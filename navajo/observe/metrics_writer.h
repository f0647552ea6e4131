// Where metrics are written to, family by family; an implementation says how: text for a scrape (metrics_text.h), JSON
// for a collector (navajo/telemetry/otlp_metrics.h). Names get the prefix "navajo_"; a family's unit is the end of its
// name. Samples belong to the family begun last:
//
//   out.family("requests", MetricType::counter, "requests answered");
//   out.sample({}, uint64_t{17});
//   out.family("backend_up", MetricType::gauge, "...");
//   out.sample({{"backend", "app1:80"}}, uint64_t{1});
//
// Label values may be any bytes. A label whose value is empty is left out, which says the same. One thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "navajo/observe/latency_histogram.h"

namespace navajo::observe {

enum class MetricType : uint8_t { counter, gauge, histogram, info };

struct MetricLabel {
  std::string_view name, value;
};

class MetricsWriter {
 public:
  using LabelList = std::span<const MetricLabel>;

  virtual ~MetricsWriter() = default;
  // unit: "seconds", "bytes" or none; the name ends with it.
  virtual void family(std::string_view name, MetricType type, std::string_view help, std::string_view unit = {}) = 0;
  virtual void sample(LabelList labels, double value) = 0;
  virtual void sample(LabelList labels, uint64_t value) = 0;
  // Of a family that is a histogram.
  virtual void sample(LabelList labels, const Latency& latency) = 0;

  void sample(std::initializer_list<MetricLabel> labels, double value) { sample(as_list(labels), value); }
  void sample(std::initializer_list<MetricLabel> labels, uint64_t value) { sample(as_list(labels), value); }

 private:
  static LabelList as_list(std::initializer_list<MetricLabel> labels) { return {labels.begin(), labels.size()}; }
};

}  // namespace navajo::observe
