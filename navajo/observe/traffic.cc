#include "navajo/observe/traffic.h"

#include <ctime>

#include "navajo/observe/status_segment.h"

namespace navajo::observe {
namespace {

int64_t present_second() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec;
}

template <class Table>
FamilyNumbers read_family(const Table& table, Family family) {
  return {read_series(std::span(table.rows), table.other, row_of(family).label_count()), Table::kRows,
          table.overflow.unnamed.load(std::memory_order_relaxed),
          table.overflow.forgotten.load(std::memory_order_relaxed)};
}

bool fits(const Series& series, const Labels& wanted) {
  for (size_t i = 0; i < kMostLabels; i++)
    if (!wanted[i].empty() && series.labels[i] != wanted[i]) return false;
  return true;
}

void write_one(JsonWriter& json, const FamilyRow& family, const Series& series) {
  json.begin_object();
  for (size_t i = 0; i < family.label_count(); i++) json.key(family.labels[i]).text(series.labels[i]);
  json.key("count").natural(series.count());
  if (family.kind == FamilyKind::histogram) {
    json.key("sum_seconds").number(series.latency.seconds());
    for (const auto& [name, q] : {std::pair("p50", 0.5), std::pair("p90", 0.9), std::pair("p99", 0.99)})
      json.key(name).number(series.latency.quantile(q).value_or(0));
    json.key("buckets").begin_array();
    for (const uint64_t bucket : series.latency.buckets) json.natural(bucket);
    json.end_array();
  }
  json.end_object();
}

}  // namespace

std::string_view status_class(int status) {
  static constexpr std::string_view kClasses[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  return status >= 100 && status < 600 ? kClasses[status / 100] : kClasses[0];
}

void record(TrafficShm& traffic, const RequestSample& sample, int64_t now) {
  record(traffic.request_duration, {sample.host, sample.context, sample.servlet, status_class(sample.status)},
         sample.took, now);
  if (!sample.cause.empty()) [[unlikely]]
    record(traffic.request_refusals, {sample.host, sample.context, sample.servlet, sample.cause}, now);
}

void record(TrafficShm& traffic, const CallSample& sample, int64_t now) {
  const Labels backend{sample.host, sample.servlet, sample.backend, {}};
  if (sample.connect) record(traffic.backend_connect, backend, *sample.connect, now);
  if (sample.first_byte) record(traffic.backend_first_byte, backend, *sample.first_byte, now);
  record(traffic.backend_duration, {sample.host, sample.servlet, sample.backend, status_class(sample.status)},
         sample.total, now);
  if (!sample.cause.empty()) [[unlikely]]
    record(traffic.backend_failures, {sample.host, sample.servlet, sample.backend, sample.cause}, now);
}

void record(const RequestSample& sample) {
  if (const StatusSegment* segment = process_segment()) record(segment->traffic(), sample, present_second());
}

void record(const CallSample& sample) {
  if (const StatusSegment* segment = process_segment()) record(segment->traffic(), sample, present_second());
}

Latency Traffic::latency(Family family, const Labels& labels) const {
  Latency sum;
  for (const Series& series : (*this)[family].series)
    if (fits(series, labels)) sum += series.latency;
  return sum;
}

Traffic read_traffic(const TrafficShm& from) {
  return {{read_family(from.request_duration, Family::request_duration),
           read_family(from.request_refusals, Family::request_refusals),
           read_family(from.backend_connect, Family::backend_connect),
           read_family(from.backend_first_byte, Family::backend_first_byte),
           read_family(from.backend_duration, Family::backend_duration),
           read_family(from.backend_failures, Family::backend_failures)}};
}

void write_traffic(JsonWriter& json, const Traffic& traffic) {
  json.begin_object();
  json.key("bounds_seconds").begin_array();
  for (size_t i = 0; i < kLatencyBounds; i++) json.number(static_cast<double>(latency_bound(i).count()) / 1e9);
  json.end_array();
  for (size_t i = 0; i < kFamilies; i++) {
    json.key(kFamilyRows[i].name).begin_array();
    for (const Series& series : traffic.families[i].series) write_one(json, kFamilyRows[i], series);
    json.end_array();
  }
  json.end_object();
}

}  // namespace navajo::observe
