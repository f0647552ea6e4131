// DelegationFilter: gives the backend (and the elements in between) what is known of the request and its user, as
// header fields, parameters of the query, cookies, Basic Authorization, or fields of a form that is posted.
//
// A name that is delegated is this filter's own: whatever the client sent under it, in any spelling a backend could
// take for it, is dropped from every request, also where the rule's conditions do not hold or there is no value. That
// is what tells it from HeaderDelegationFilter, whose inactive rules leave the field alone. Parameters are dropped from
// the query and from a form body, wherever the rule puts its own. All conditions are judged and all values made before
// the first thing is changed. Facts: nevisproxy-filters-ops.md 2.3, 1.5. Immutable but for a counter; called by all
// threads and fibers.
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/filters/delegation/delegation_rules.h"

namespace navajo::filters::delegation {

struct DelegationRules {
  Rules headers, parameters, cookies, basic_auth, post;
};

class DelegationFilter final : public api::Filter {
 public:
  explicit DelegationFilter(DelegationRules rules) : rules_(std::move(rules)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  class Delegation;
  class DelegatedRequest;

  DelegationRules rules_;
  std::atomic<uint64_t> left_out_{0};
};

}  // namespace navajo::filters::delegation

namespace navajo::filters {
std::span<const container::FilterRow> delegation_rows();
}
