// RuleFilter: applies the rule sets of a Rules element to what passes. README.md has the parameters.
#pragma once

#include <span>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/filters/rule/ruled_exchange.h"
#include "navajo/filters/rule/settings.h"

namespace navajo::filters::rule {

class RuleFilter final : public api::Filter {
 public:
  explicit RuleFilter(Settings settings) : settings_(std::move(settings)) {}
  void link(const api::Components& components) override { components_ = &components; }
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  api::Outcome proceed(RuledExchange& exchange, api::Response& response, api::FilterChain& rest);

  Settings settings_;
  const api::Components* components_ = nullptr;
  Numbers numbers_;
};

}  // namespace navajo::filters::rule

namespace navajo::filters {
std::span<const container::FilterRow> rule_rows();
}
