#include "navajo/observe/metrics_text.h"

#include <charconv>
#include <cmath>

#include "navajo/observe/json_writer.h"

namespace navajo::observe {
namespace {

const char* type_word(MetricType type) {
  switch (type) {
    case MetricType::counter: return "counter";
    case MetricType::gauge: return "gauge";
    case MetricType::histogram: return "histogram";
    case MetricType::info: break;
  }
  return "info";
}

// The escapes of OpenMetrics are three of JSON's; for the others of JSON (control characters) a space will do.
void append_escaped(std::string& out, std::string_view text) {
  json_escaped(text, [&out](std::string_view piece) {
    if (piece[0] != '\\' || piece == "\\\\" || piece == "\\\"")
      out += piece;
    else if (piece == "\\n" || piece == "\\u000a")
      out += "\\n";
    else
      out += piece == "\\ufffd" ? "\xef\xbf\xbd" : " ";
    return true;
  });
}

std::string number_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  char digits[32];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

std::string bound_text(size_t i) {
  char digits[32];
  const double seconds = static_cast<double>(latency_bound(i).count()) / 1e9;
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, seconds, std::chars_format::fixed).ptr);
}

}  // namespace

void MetricsText::family(std::string_view name, MetricType type, std::string_view help, std::string_view unit) {
  name_.assign("navajo_").append(name);
  type_ = type;
  out_.append("# TYPE ").append(name_).append(" ").append(type_word(type)).append("\n");
  if (!unit.empty()) out_.append("# UNIT ").append(name_).append(" ").append(unit).append("\n");
  out_.append("# HELP ").append(name_).append(" ");
  append_escaped(out_, help);
  out_ += '\n';
}

void MetricsText::name_and_labels(std::string_view suffix, LabelList labels, std::string_view le) {
  out_.append(name_).append(suffix);
  char before = '{';
  const auto label = [&](std::string_view name, std::string_view text) {
    out_ += before;
    before = ',';
    out_.append(name).append("=\"");
    append_escaped(out_, text);
    out_ += '"';
  };
  for (const MetricLabel& one : labels)
    if (!one.value.empty()) label(one.name, one.value);
  if (!le.empty()) label("le", le);
  if (before == ',') out_ += '}';
  out_ += ' ';
}

void MetricsText::value(double number) { out_.append(number_text(number)).append("\n"); }

void MetricsText::value(uint64_t number) {
  char digits[24];
  out_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr).append("\n");
}

void MetricsText::sample(LabelList labels, double number) {
  name_and_labels(type_ == MetricType::counter ? "_total" : type_ == MetricType::info ? "_info" : "", labels);
  value(number);
}

void MetricsText::sample(LabelList labels, uint64_t number) {
  name_and_labels(type_ == MetricType::counter ? "_total" : type_ == MetricType::info ? "_info" : "", labels);
  value(number);
}

void MetricsText::sample(LabelList labels, const Latency& latency) {
  uint64_t sum = 0;
  for (size_t i = 0; i < kLatencyBuckets; i++) {
    sum += latency.buckets[i];
    name_and_labels("_bucket", labels, i < kLatencyBounds ? bound_text(i) : "+Inf");
    value(sum);
  }
  name_and_labels("_sum", labels);
  value(latency.seconds());
  name_and_labels("_count", labels);
  value(sum);
}

std::string MetricsText::finish() {
  out_ += "# EOF\n";
  return std::move(out_);
}

}  // namespace navajo::observe
