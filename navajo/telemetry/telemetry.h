// Traces and metrics for a collector, as the OpenTelemetry element of navajo.xml says. Made in the parent while the
// configuration is read; every child has an Exporter with a thread of its own. Questions are answered to any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/base/result.h"
#include "navajo/http/trace_context.h"
#include "navajo/telemetry/exporter.h"

namespace navajo::telemetry {

struct TelemetryOptions {
  CollectorOptions collector;  // base empty: nothing is sent, traces are only passed on
  ExporterOptions exporter;
  double ratio = 1;             // of traces that begin here, how many are recorded
  bool extract = true, inject = true;
};

class Telemetry {
 public:
  explicit Telemetry(TelemetryOptions options) : options_(std::move(options)) {}
  ~Telemetry() { stop_child(); }
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  // Whether what a client's traceparent says is gone on with; whether backends are told.
  bool extracts() const { return options_.extract; }
  bool injects() const { return options_.inject; }
  // Whether a trace that begins here is recorded: decided by its id, so that others with the same ratio decide alike.
  bool samples(std::string_view trace_id) const;
  // Whether spans of sampled traces are wanted at all.
  bool records() const { return options_.exporter.traces && !options_.collector.base.empty(); }
  void record(Span&& span) {
    if (exporter_) exporter_->record(std::move(span));
  }

  void start_child();
  void drain_child();
  void stop_child();
  void report(api::StatusWriter& writer) const;

 private:
  const TelemetryOptions options_;
  std::unique_ptr<Exporter> exporter_;
};

// "Name: value" on each line; empty lines and those with # are skipped. Of a fault the text names the line, never what
// stands in it.
base::Result<std::vector<std::string>> parse_headers(std::string_view text);
// "0" to "1", as a decimal fraction.
base::Result<double> parse_ratio(std::string_view text);
// "collector:4318" or "https://collector:4318": with its scheme, without a slash at the end.
base::Result<std::string> parse_exporter(std::string_view text);

}  // namespace navajo::telemetry
