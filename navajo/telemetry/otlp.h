// OTLP 1.x as JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids are hexadecimal, 64-bit
// numbers are strings, enumerations are numbers. Plain functions, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "navajo/observe/json_writer.h"
#include "navajo/observe/metrics_writer.h"
#include "navajo/telemetry/span.h"

namespace navajo::telemetry {

// Who sends.
struct Resource {
  std::string service;      // service.name
  std::string environment;  // deployment.environment.name; empty: not said
  std::string host;         // host.name
  std::string version;      // service.version
};

// For /v1/traces.
std::string traces_as_json(const Resource& resource, std::span<const Span> spans);

// For /v1/metrics: the same families as a scrape has, under the same names.
class OtlpMetrics final : public observe::MetricsWriter {
 public:
  using MetricsWriter::sample;
  // Nanoseconds since 1970: since when counters count, and now.
  OtlpMetrics(const Resource& resource, uint64_t since, uint64_t now);
  void family(std::string_view name, observe::MetricType type, std::string_view help,
              std::string_view unit = {}) override;
  void sample(LabelList labels, double value) override;
  void sample(LabelList labels, uint64_t value) override;
  void sample(LabelList labels, const observe::Latency& latency) override;
  // Complete. Once.
  std::string finish();

 private:
  void begin_point(LabelList labels);
  void end_family();

  observe::JsonWriter json_;
  const std::string since_, now_;
  observe::MetricType type_ = observe::MetricType::gauge;
  std::string name_, help_, unit_;
  bool open_ = false;  // of the family at least one sample was written
};

// What the collector's answer says it would not take (partialSuccess); empty: it took all.
std::string rejected_by(std::string_view answer);

}  // namespace navajo::telemetry
