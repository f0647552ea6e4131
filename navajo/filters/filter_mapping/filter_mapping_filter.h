// FilterMappingFilter: chains within the chain, chosen per request. Each line of FilterRules names filters; the first
// line whose conditions hold runs, in its order, and then the rest of the outer chain. A last line without conditions
// is "else". The response comes back through them in reverse, as through any filters.
// Facts: nevisproxy-filters-ops.md 2.19. Immutable after link() but for its counters; called by all threads and fibers.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/conditional_lines.h"

namespace navajo::filters::filter_mapping {

struct FilterRules {
  container::ConditionalLines lines;            // entry n belongs to names[n]
  std::vector<std::vector<std::string>> names;  // of filters
};

class FilterMappingFilter final : public api::Filter {
 public:
  explicit FilterMappingFilter(FilterRules rules) : rules_(std::move(rules)), chains_(rules_.names.size()) {}
  void link(const api::Components& components) override;
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  FilterRules rules_;
  std::vector<std::vector<api::Filter*>> chains_;  // of the rules
  std::atomic<uint64_t> chosen_{0}, none_{0};
};

}  // namespace navajo::filters::filter_mapping

namespace navajo::filters {
std::span<const container::FilterRow> filter_mapping_rows();
}
