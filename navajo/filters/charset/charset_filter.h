// CharsetFilter: brings the form fields of requests into the character set the application expects, in the query, in an
// application/x-www-form-urlencoded body, or in both. The body is read as a whole first, up to the container's
// BufferSize, so that its new length is known. Facts: nevisproxy-filters-ops.md 2.6.
// Immutable but for its counters; called by all threads and fibers.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/filters/charset/converter.h"

namespace navajo::filters::charset {

// What becomes of a body whose Content-Type names another character set than ConvertFrom.
enum class IncomingCharset : uint8_t {
  ignore,   // it is taken for ConvertFrom all the same
  keep,     // it is handed on as it is
  convert,  // it is converted from the one it names
};

struct CharsetOptions {
  std::string from, to;
  bool query = false, body = true;
  IncomingCharset incoming = IncomingCharset::convert;
  uint64_t largest_body = 65536;
};

class CharsetFilter final : public api::Filter {
 public:
  // usual: from `from` to `to`, kept so that the system's tables stay loaded.
  CharsetFilter(CharsetOptions options, Converter usual) : options_(std::move(options)), usual_(std::move(usual)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  class ConvertedRequest;
  // Refused, or answered() after the body was converted or left alone.
  api::Outcome convert_body(ConvertedRequest& request);

  CharsetOptions options_;
  Converter usual_;
  std::atomic<uint64_t> queries_{0}, bodies_{0};
};

}  // namespace navajo::filters::charset

namespace navajo::filters {
std::span<const container::FilterRow> charset_rows();
}
