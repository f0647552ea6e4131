// One span of a trace as it waits for the collector: plain values, made by the request's thread when the request or the
// call is over, only for requests that are sampled. Names of attributes are OpenTelemetry's semantic conventions for
// HTTP 1.2x (https://opentelemetry.io/docs/specs/semconv/http/http-spans/), ours begin with "navajo.".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace navajo::telemetry {

enum class SpanKind : uint8_t { server = 2, client = 3 };  // as OTLP numbers them

struct Span {
  struct Attribute {
    const char* key;
    std::string text;
    int64_t number = 0;
    bool is_number = false;
  };

  std::array<char, 32> trace_id{};
  std::array<char, 16> span_id{}, parent_id{};  // parent_id: all 0 bytes: it is the first of its trace
  SpanKind kind = SpanKind::server;
  bool failed = false;
  uint8_t flags = 1;
  uint64_t start_ns = 0, end_ns = 0;  // since 1970
  std::string name, trace_state;
  std::vector<Attribute> attributes;

  static constexpr size_t kLongestText = 1024;
  // Empty ones are left out, long ones cut.
  void add(const char* key, std::string_view text) {
    if (!text.empty()) attributes.push_back({key, std::string(text.substr(0, kLongestText))});
  }
  void add(const char* key, int64_t number) { attributes.push_back({key, {}, number, true}); }
};

}  // namespace navajo::telemetry
