// HeaderValidationFilter: rules on the fields of requests and responses. For each field the first rule that fits its
// name and value counts; a field no rule fits passes. deny refuses the message, drop takes the field out, required
// refuses a message none of whose fields the rule fits. Facts: nevisproxy-filters-ops.md 2.13. Immutable; called by all
// threads and fibers.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/limits/validation_rule.h"

namespace navajo::filters::header_validation {

using Rules = std::vector<limits::ValidationRule>;

class HeaderValidationFilter final : public api::Filter {
 public:
  HeaderValidationFilter(std::string name, Rules request_rules, Rules response_rules)
      : name_(std::move(name)),
        request_rules_(std::move(request_rules)),
        response_rules_(std::move(response_rules)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

  // Drops what is to be dropped; null, or the rule that refuses the message.
  const limits::ValidationRule* judge(const Rules& rules, http::Headers& fields, api::Request& request,
                                      const char* of_what) const;

 private:
  void tell(const limits::ValidationRule& rule, std::string_view field, api::Request& request,
            const char* of_what) const;

  std::string name_;
  Rules request_rules_, response_rules_;
  mutable std::atomic<uint64_t> refused_{0}, dropped_{0};
};

}  // namespace navajo::filters::header_validation

namespace navajo::filters {
std::span<const container::FilterRow> header_validation_rows();
}
