// ParameterValidationFilter: rules on the parameters of query and form body. For each parameter the first rule that
// fits its name and value counts; one that no rule fits passes. Facts: nevisproxy-filters-ops.md 2.14. Immutable;
// called by all threads and fibers.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/container/block_mode.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/conditional_lines.h"
#include "navajo/limits/validation_rule.h"

namespace navajo::filters::parameter_validation {

class ParameterValidationFilter final : public api::Filter {
 public:
  ParameterValidationFilter(std::string name, container::ConditionalLines lines,
                            std::vector<limits::ValidationRule> rules, container::BlockOnError block)
      : name_(std::move(name)), lines_(std::move(lines)), rules_(std::move(rules)), block_(std::move(block)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  void tell(const limits::ValidationRule& rule, std::string_view parameter, api::Request& request,
            bool refuses) const;

  std::string name_;
  container::ConditionalLines lines_;
  std::vector<limits::ValidationRule> rules_;  // of lines_.entries()
  container::BlockOnError block_;
  mutable std::atomic<uint64_t> refused_{0}, noted_{0};
};

}  // namespace navajo::filters::parameter_validation

namespace navajo::filters {
std::span<const container::FilterRow> parameter_validation_rows();
}
