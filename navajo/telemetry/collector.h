// Takes a delivery to a collector: OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp). Used by one thread,
// the exporter's, and blocks it; never by a reactor.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::telemetry {

struct Delivery {
  enum class Result : uint8_t {
    taken,    // 200
    refused,  // it will never take it: what was sent is lost
    later,    // not reachable, overloaded (429, 502, 503, 504), too slow: to be sent again
  };
  Result result = Result::later;
  std::chrono::seconds retry_after{0};  // as the collector wishes; 0: it said nothing
  std::string text;                     // of the answer when it was taken, else why not
};

class Collector {
 public:
  virtual ~Collector() = default;
  // path: "/v1/traces". Ends early, with `later`, when hurry() was called.
  virtual Delivery post(const std::string& path, const std::string& json) = 0;
  // From then on nothing takes longer than `left`. Any thread.
  virtual void hurry(std::chrono::milliseconds left) = 0;
};

struct CollectorOptions {
  std::string base;                  // "http://collector:4318"
  std::vector<std::string> headers;  // "Name: value": secrets
  std::string ca_certificate;        // a file; empty: the system's
  std::chrono::milliseconds timeout{10000};
};

// Whether this build can talk to one (libcurl).
bool has_http_collector();
// Once, before threads are started; it may be called again.
std::unique_ptr<Collector> make_http_collector(const CollectorOptions& options);

}  // namespace navajo::telemetry
