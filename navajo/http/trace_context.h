// The header fields that take a trace from hop to hop: traceparent and tracestate. Strict: what is not exactly as the
// recommendation says is none, and a new trace begins.
// Source: W3C Trace Context (https://www.w3.org/TR/trace-context/), sections 3.2 and 3.3.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace navajo::http {

struct TraceParent {
  std::array<char, 32> trace_id{};   // lower-case hexadecimal, not all 0
  std::array<char, 16> parent_id{};  // the caller's span, the same
  uint8_t flags = 0;

  static constexpr uint8_t kSampled = 1, kRandom = 2;
  bool sampled() const { return flags & kSampled; }
  std::string_view trace() const { return {trace_id.data(), trace_id.size()}; }
  std::string_view parent() const { return {parent_id.data(), parent_id.size()}; }
};

inline constexpr size_t kTraceParentLength = 55;

// Version 00, or of a later one what it has in common with it. Flags nobody knows are 0.
std::optional<TraceParent> parse_traceparent(std::string_view value);
// Version 00.
std::array<char, kTraceParentLength> traceparent_text(const TraceParent& parent);

// Whether the fields' values, in their order, are a list as it may be passed on: keys and values well-formed, no key
// twice, 32 members at most. Empty members are allowed.
bool is_tracestate(std::span<const std::string_view> values);

}  // namespace navajo::http
