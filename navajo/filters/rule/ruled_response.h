// A response on its way through rules. Its head is held back until the response's sets were judged, and if they look at
// its body until the first bytes of that are there; then it goes on, changed or replaced. Counts the body against a
// rule's limit. Lives on the filter's stack, one fiber or thread.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>

#include "navajo/api/response.h"
#include "navajo/filters/rule/ruled_exchange.h"

namespace navajo::filters::rule {

class RuledResponse final : public api::ResponseWrapper {
 public:
  RuledResponse(api::Response& inner, RuledExchange& exchange);

  bool committed() const override { return asked_ || inner_committed(); }
  api::WriteStatus commit() override;
  api::WriteStatus write(std::span<const char> bytes) override;
  using Response::write;
  api::WriteStatus flush() override;
  api::WriteStatus finish() override;
  void abort() override;

  // The first bytes, as far as somebody wants them.
  std::string_view kept() const { return first_; }
  // Whether the sets were judged already: they are not for a response that was never committed.
  bool judged() const { return judged_; }

 private:
  bool inner_committed() const { return ResponseWrapper::committed(); }
  api::WriteStatus release();
  api::WriteStatus replace(const Answer& answer);
  bool over_limit(size_t more);
  bool has_body();

  RuledExchange& exchange_;
  std::pmr::string first_;
  size_t inspected_;   // bytes the sets want to see
  size_t kept_;        // bytes a record may want
  uint64_t passed_ = 0;
  size_t held_ = 0;    // of first_, not sent yet
  bool asked_ = false, judged_ = false, replaced_ = false, cut_ = false;
};

// What a rule answers, on a response that is not committed. None: it is made; else the container makes the page.
api::Outcome give(const Answer& answer, api::Request& request, api::Response& response);

}  // namespace navajo::filters::rule
