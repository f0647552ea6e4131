// What goes through this server, by host, servlet, backend, status class and cause: latency histograms and counts of
// all children together, in the status segment. They outlive children and graceful restarts, as its counters do.
//
// Recording: once per request when it is over (modules/mod_navajo/request_end.cc) and once per call of a backend, from
// any thread, without a lock or an allocation. Without a segment (unit tests, the command line) it does nothing.
// Reading: read_traffic(segment) is a plain copy for whoever shows it: OpenMetrics, the status page, the console.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/clock.h"
#include "navajo/observe/json_writer.h"
#include "navajo/observe/series_table.h"

namespace navajo::observe {

class StatusSegment;

enum class Family : uint8_t {
  request_duration,
  request_refusals,
  backend_connect,
  backend_first_byte,
  backend_duration,
  backend_failures,
};

enum class FamilyKind : uint8_t { histogram, counter };

struct FamilyRow {
  const char* name;  // without "navajo_", "_seconds" and "_total"
  FamilyKind kind;
  std::array<const char*, kMostLabels> labels;  // null: no more
  const char* help;

  constexpr size_t label_count() const {
    size_t count = 0;
    while (count < kMostLabels && labels[count]) count++;
    return count;
  }
};

inline constexpr FamilyRow kFamilyRows[] = {
    {"http_request_duration", FamilyKind::histogram, {"host", "context", "servlet", "status_class"},
     "time from a request's first line to the end of its response"},
    {"http_request_refusals", FamilyKind::counter, {"host", "context", "servlet", "cause"},
     "requests that were refused or cut off, by cause code"},
    {"backend_connect_duration", FamilyKind::histogram, {"host", "servlet", "backend", nullptr},
     "time to a new connection to a backend, with name look-up and TLS handshake"},
    {"backend_first_byte_duration", FamilyKind::histogram, {"host", "servlet", "backend", nullptr},
     "time from the request's last byte to the response's first one"},
    {"backend_call_duration", FamilyKind::histogram, {"host", "servlet", "backend", "status_class"},
     "time of a whole call of a backend, from its choice to the response's last byte"},
    {"backend_call_failures", FamilyKind::counter, {"host", "servlet", "backend", "cause"},
     "calls of a backend that failed, by cause code; repeated ones among them"},
};
inline constexpr size_t kFamilies = std::size(kFamilyRows);
constexpr const FamilyRow& row_of(Family family) { return kFamilyRows[static_cast<size_t>(family)]; }

// In the status segment. About 0.7 MB; pages of rows that were never used are zero pages on a tmpfs.
struct TrafficShm {
  SeriesTableShm<LatencyLaneShm, 192> request_duration;
  SeriesTableShm<CountLaneShm, 128> request_refusals;
  SeriesTableShm<LatencyLaneShm, 128> backend_connect;
  SeriesTableShm<LatencyLaneShm, 128> backend_first_byte;
  SeriesTableShm<LatencyLaneShm, 192> backend_duration;
  SeriesTableShm<CountLaneShm, 128> backend_failures;
};

// ---------------------------------------------------------------- recording

struct RequestSample {
  std::string_view host, context, servlet;  // as configured; empty: none matched
  int status = 0;
  std::string_view cause{};  // empty: it was neither refused nor cut off
  base::Duration took{};
};

struct CallSample {
  std::string_view host, servlet;
  std::string_view backend;  // its address, or the id a Routing's table gives it
  int status = 0;            // 0: no response head came
  std::string_view cause{};  // empty: it went well
  std::optional<base::Duration> connect{};     // none: a pooled connection, or none at all
  std::optional<base::Duration> first_byte{};  // none: it did not come
  base::Duration total{};
};

void record(TrafficShm& traffic, const RequestSample& sample, int64_t now);
void record(TrafficShm& traffic, const CallSample& sample, int64_t now);

// Into the segment of this process, at the present second.
void record(const RequestSample& sample);
void record(const CallSample& sample);

// "2xx"; "none" for a status that is none.
std::string_view status_class(int status);

// ---------------------------------------------------------------- reading

struct FamilyNumbers {
  std::vector<Series> series;  // sorted by labels; "other" last
  size_t most = 0;             // rows there are
  uint64_t unnamed = 0;        // counted in "other" because no row was free
  uint64_t forgotten = 0;      // rows of names not seen for an hour that gave way, into "other"
};

struct Traffic {
  std::array<FamilyNumbers, kFamilies> families;

  const FamilyNumbers& operator[](Family family) const { return families[static_cast<size_t>(family)]; }
  // All series of a histogram whose labels are these; empty ones are any.
  //   traffic.latency(Family::request_duration, {"www.example.org", "", "Shop"}).quantile(0.99)
  Latency latency(Family family, const Labels& labels = {}) const;
};

Traffic read_traffic(const TrafficShm& traffic);

// For the console: an object with one member per family, an array of
//   {"host": .., "servlet": .., ..., "count": n, "sum_seconds": s, "p50": s, "p90": s, "p99": s, "buckets": [n, ...]}
// (counters: labels and "count" alone), and "bounds_seconds", the upper bounds of the buckets but the last one.
void write_traffic(JsonWriter& json, const Traffic& traffic);

}  // namespace navajo::observe
