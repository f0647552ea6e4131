#include "navajo/telemetry/otlp.h"

#include <algorithm>

#include "navajo/base/build_config.h"

namespace navajo::telemetry {
namespace {

using observe::JsonWriter;
using observe::MetricType;

void write_text_attribute(JsonWriter& json, std::string_view key, std::string_view value) {
  json.begin_object().key("key").text(key).key("value").begin_object().key("stringValue").text(value);
  json.end_object().end_object();
}

void write_resource(JsonWriter& json, const Resource& resource) {
  json.key("resource").begin_object().key("attributes").begin_array();
  write_text_attribute(json, "service.name", resource.service);
  write_text_attribute(json, "service.version", resource.version);
  if (!resource.environment.empty()) write_text_attribute(json, "deployment.environment.name", resource.environment);
  if (!resource.host.empty()) write_text_attribute(json, "host.name", resource.host);
  json.end_array().end_object();
}

void write_scope(JsonWriter& json) {
  json.key("scope").begin_object().key("name").text("navajo").key("version").text(NAVAJO_VERSION).end_object();
}

void write_span(JsonWriter& json, const Span& span) {
  json.begin_object();
  json.key("traceId").text({span.trace_id.data(), span.trace_id.size()});
  json.key("spanId").text({span.span_id.data(), span.span_id.size()});
  if (span.parent_id[0]) json.key("parentSpanId").text({span.parent_id.data(), span.parent_id.size()});
  if (!span.trace_state.empty()) json.key("traceState").text(span.trace_state);
  json.key("flags").natural(span.flags);
  json.key("name").text(span.name);
  json.key("kind").natural(static_cast<uint64_t>(span.kind));
  json.key("startTimeUnixNano").text(std::to_string(span.start_ns));
  json.key("endTimeUnixNano").text(std::to_string(span.end_ns));
  json.key("attributes").begin_array();
  for (const Span::Attribute& one : span.attributes) {
    json.begin_object().key("key").text(one.key).key("value").begin_object();
    if (one.is_number)
      json.key("intValue").text(std::to_string(one.number));
    else
      json.key("stringValue").text(one.text);
    json.end_object().end_object();
  }
  json.end_array();
  json.key("status").begin_object();
  if (span.failed) json.key("code").natural(2);
  json.end_object().end_object();
}

}  // namespace

std::string traces_as_json(const Resource& resource, std::span<const Span> spans) {
  JsonWriter json;
  json.begin_object().key("resourceSpans").begin_array().begin_object();
  write_resource(json, resource);
  json.key("scopeSpans").begin_array().begin_object();
  write_scope(json);
  json.key("spans").begin_array();
  for (const Span& span : spans) write_span(json, span);
  json.end_array().end_object().end_array().end_object().end_array().end_object();
  return json.str();
}

OtlpMetrics::OtlpMetrics(const Resource& resource, uint64_t since, uint64_t now)
    : since_(std::to_string(since)), now_(std::to_string(now)) {
  json_.begin_object().key("resourceMetrics").begin_array().begin_object();
  write_resource(json_, resource);
  json_.key("scopeMetrics").begin_array().begin_object();
  write_scope(json_);
  json_.key("metrics").begin_array();
}

void OtlpMetrics::family(std::string_view name, MetricType type, std::string_view help, std::string_view unit) {
  end_family();
  name_.assign("navajo_").append(name).append(type == MetricType::info ? "_info" : "");
  type_ = type;
  help_ = help;
  unit_ = unit == "bytes" ? "By" : unit == "seconds" ? "s" : "1";
}

void OtlpMetrics::end_family() {
  if (!open_) return;
  json_.end_array().end_object().end_object();
  open_ = false;
}

void OtlpMetrics::begin_point(LabelList labels) {
  if (!open_) {
    open_ = true;
    json_.begin_object().key("name").text(name_).key("description").text(help_).key("unit").text(unit_);
    const bool counter = type_ == MetricType::counter, histogram = type_ == MetricType::histogram;
    json_.key(histogram ? "histogram" : counter ? "sum" : "gauge").begin_object();
    if (histogram || counter) json_.key("aggregationTemporality").natural(2);  // cumulative
    if (counter) json_.key("isMonotonic").boolean(true);
    json_.key("dataPoints").begin_array();
  }
  json_.begin_object();
  if (type_ == MetricType::counter || type_ == MetricType::histogram) json_.key("startTimeUnixNano").text(since_);
  json_.key("timeUnixNano").text(now_);
  json_.key("attributes").begin_array();
  for (const observe::MetricLabel& label : labels)
    if (!label.value.empty()) write_text_attribute(json_, label.name, label.value);
  json_.end_array();
}

void OtlpMetrics::sample(LabelList labels, double value) {
  begin_point(labels);
  json_.key("asDouble").number(value).end_object();
}

void OtlpMetrics::sample(LabelList labels, uint64_t value) {
  begin_point(labels);
  json_.key("asInt").text(std::to_string(value)).end_object();
}

void OtlpMetrics::sample(LabelList labels, const observe::Latency& latency) {
  begin_point(labels);
  json_.key("count").text(std::to_string(latency.count())).key("sum").number(latency.seconds());
  json_.key("bucketCounts").begin_array();
  for (const uint64_t bucket : latency.buckets) json_.text(std::to_string(bucket));
  json_.end_array().key("explicitBounds").begin_array();
  for (size_t i = 0; i < observe::kLatencyBounds; i++)
    json_.number(static_cast<double>(observe::latency_bound(i).count()) / 1e9);
  json_.end_array().end_object();
}

std::string OtlpMetrics::finish() {
  end_family();
  json_.end_array().end_object().end_array().end_object().end_array().end_object();
  return json_.str();
}

std::string rejected_by(std::string_view answer) {
  // {"partialSuccess":{"rejectedSpans":"3","errorMessage":"..."}}; a collector that took all says {} or 0.
  for (const std::string_view key : {"\"rejectedSpans\"", "\"rejectedDataPoints\""}) {
    const size_t at = answer.find(key);
    if (at == std::string_view::npos) continue;
    const size_t digit = answer.find_first_not_of(": \t\r\n\"", at + key.size());
    if (digit == std::string_view::npos || answer[digit] < '1' || answer[digit] > '9') continue;
    const size_t end = std::min(answer.find_first_not_of("0123456789", digit), answer.size());
    std::string out(answer.substr(digit, end - digit));
    constexpr std::string_view kMessage = "\"errorMessage\"";
    const size_t message = answer.find(kMessage);
    if (message == std::string_view::npos) return out;
    const size_t quote = answer.find('"', message + kMessage.size());
    if (quote == std::string_view::npos) return out;
    const size_t close = std::min(answer.find('"', quote + 1), answer.size());
    out += ": ";
    for (const char c : answer.substr(quote + 1, std::min<size_t>(close - quote - 1, 200)))
      out += c >= 0x20 && c < 0x7f ? c : '?';
    return out;
  }
  return {};
}

}  // namespace navajo::telemetry
