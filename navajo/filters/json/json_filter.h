// JsonFilter: a request whose body is no JSON, or goes over a limit, is refused before a byte of it is forwarded. So
// the body is held as a whole first (BufferSize, MemBufferSize), scanned once, and is then as good as new for everybody
// behind. Facts: nevisproxy-filters-ops.md 2.15. Immutable; called by all threads and fibers.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>

#include "navajo/api/servlet.h"
#include "navajo/container/block_mode.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/preparation.h"
#include "navajo/limits/json_scan.h"

namespace navajo::filters::json {

struct JsonOptions {
  std::string name;
  limits::JsonLimits limits;
  int status = 403;
  container::BodyLimits body;
};

class JsonFilter final : public api::Filter {
 public:
  JsonFilter(JsonOptions options, container::BlockOnError block)
      : options_(std::move(options)), block_(std::move(block)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  api::Outcome refuse(api::Request& request, container::BlockMode mode, const char* what, uint64_t position);

  JsonOptions options_;
  container::BlockOnError block_;
  std::atomic<uint64_t> scanned_{0}, refused_{0}, noted_{0};
};

}  // namespace navajo::filters::json

namespace navajo::filters {
std::span<const container::FilterRow> json_rows();
}
