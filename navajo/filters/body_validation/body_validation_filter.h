// BodyValidationFilter: bodies of requests that are too long, that are multipart or XML and malformed or over a limit,
// or of a type that is not expected, are refused; responses that are too long are refused or cut. Bodies pass as they
// come and need no memory, however long they are; where an element has the body held (RequestFlags
// NEEDS_BUFFERED_BODY), it is judged as a whole before anybody behind sees a byte. Immutable; called by all threads and
// fibers.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/pattern.h"
#include "navajo/container/block_mode.h"
#include "navajo/container/catalogue.h"
#include "navajo/filters/body_validation/checked_body.h"

namespace navajo::filters::body_validation {

using MediaTypes = std::vector<config::Pattern>;  // of lower-case ones

struct BodyOptions {
  std::string name;
  Checks request;
  uint64_t response_length = UINT64_MAX;
  MediaTypes multipart, xml;
  std::optional<MediaTypes> expected;  // none: all
};

class BodyValidationFilter final : public api::Filter {
 public:
  BodyValidationFilter(BodyOptions options, container::BlockOnError block)
      : options_(std::move(options)), block_(std::move(block)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  class Sink;
  api::Outcome validate(api::Request& request, api::Response& response, api::FilterChain& rest, Sink& sink);
  std::optional<BodyFault> judge_head(api::Request& request, std::string_view content_type, Kind& kind) const;

  BodyOptions options_;
  container::BlockOnError block_;
  std::atomic<uint64_t> scanned_{0}, refused_{0}, noted_{0};
};

}  // namespace navajo::filters::body_validation

namespace navajo::filters {
std::span<const container::FilterRow> body_validation_rows();
}
