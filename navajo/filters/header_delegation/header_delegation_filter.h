// HeaderDelegationFilter: sets header fields of the request for the servlet behind it (DelegateToBackend), and of the
// response for the client (DelegateToFrontend). A field it sets has exactly one origin: whatever came under the same
// name, in any spelling a backend could take for it (case, '_' for '-'), is dropped, also when the new value is empty.
// A rule whose conditions do not hold, or cannot be decided, does nothing at all.
// Facts: nevisproxy-filters-ops.md 2.4. Immutable; called by all threads and fibers.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/conditional_lines.h"
#include "navajo/container/value_source.h"

namespace navajo::filters::header_delegation {

struct DelegationRule {
  std::string name;
  container::ValueExpression value;
  std::optional<std::string> fixed;  // the value, trimmed and checked, when no request changes it
};

struct DelegationRules {
  container::ConditionalLines lines;
  std::vector<DelegationRule> rules;  // of lines.entries(), with the same indexes
};

class HeaderDelegationFilter final : public api::Filter {
 public:
  HeaderDelegationFilter(DelegationRules to_backend, DelegationRules to_frontend)
      : to_backend_(std::move(to_backend)), to_frontend_(std::move(to_frontend)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  DelegationRules to_backend_, to_frontend_;
};

}  // namespace navajo::filters::header_delegation

namespace navajo::filters {
std::span<const container::FilterRow> header_delegation_rows();
}
