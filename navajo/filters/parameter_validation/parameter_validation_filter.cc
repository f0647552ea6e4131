#include "navajo/filters/parameter_validation/parameter_validation_filter.h"

#include <algorithm>
#include <memory_resource>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::filters::parameter_validation {
namespace {

using api::Outcome;
using container::BlockMode;
using limits::RuleAction;
using limits::ValidationRule;

constexpr config::ParamSpec kParams[] = {
    {.name = "ParameterRules", .type = config::ParamType::lines, .required = true,
     .doc = "[RuleID:id:]name-regex:value-regex:action[:logmode][:status], one a line; a colon in an expression is "
            "written \\:. action: allow, deny or required. logmode: log or silent. For each parameter the first rule "
            "that fits counts.",
     .conditions = config::Conditions::then_continue},
    {.name = "BlockOnError", .type = config::ParamType::lines, .default_value = "on",
     .doc = "on: deny and required refuse. log: they are logged, and the request passes. off: nothing is looked at. "
            "Where no line holds it is on.",
     .conditions = config::Conditions::then_break},
    {.name = "StatusCode", .type = config::ParamType::integer, .default_value = "403", .minimum = 400, .maximum = 599,
     .doc = "Status of a refusal whose rule has none."},
};

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  container::ConditionalLines lines(params, "ParameterRules", container::Stage::request);
  std::vector<ValidationRule> rules = limits::parse_validation_rules(
      params, "ParameterRules", lines.entries(), {.status = static_cast<int>(params.integer("StatusCode"))});
  return std::make_unique<ParameterValidationFilter>(context.name, std::move(lines), std::move(rules),
                                                     container::BlockOnError(params));
}

const container::FilterRow kRows[] = {
    {.name = "ParameterValidationFilter",
     .aliases = {"ch::nevis::isiweb4::filter::validation::ParameterValidationFilter"},
     .params = kParams,
     .doc = "Refuses requests by the names and values of their parameters.",
     .make = make,
     .request_flags = "+NEEDS_PARAMS"},
};

}  // namespace

// The value is not told: it may be a password.
void ParameterValidationFilter::tell(const ValidationRule& rule, std::string_view parameter, api::Request& request,
                                     bool refuses) const {
  if (refuses) observe::count(observe::Counter::validation_refused);
  if (rule.action != RuleAction::allow) (refuses ? refused_ : noted_).fetch_add(1, std::memory_order_relaxed);
  if (!rule.logged) return;
  observe::log(refuses ? observe::id::validation_refused : observe::id::validation_noted,
               "request %.*s, filter %s, rule %s: %s parameter %.*s", static_cast<int>(request.id().size()),
               request.id().data(), name_.c_str(), rule.id.c_str(), name_of(rule.action),
               static_cast<int>(std::min<size_t>(parameter.size(), 100)), parameter.data());
}

Outcome ParameterValidationFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  const BlockMode mode = block_.mode(request);
  const http::Parameters* const parameters = request.parameters();
  if (mode == BlockMode::off || !parameters) return rest.proceed(request, response);
  // A rule whose condition cannot be decided holds if it refuses, and not if it allows.
  std::pmr::vector<bool> sure(rules_.size(), lines_.unconditional(), &request.memory());
  if (!lines_.unconditional())
    lines_.for_each_active(request, nullptr, container::InDoubt::skip, [&](size_t entry) {
      sure[entry] = true;
      return container::Visit::taken;
    });
  std::pmr::vector<const ValidationRule*> active(&request.memory());
  lines_.for_each_active(request, nullptr, container::InDoubt::take, [&](size_t entry) {
    if (sure[entry] || rules_[entry].action != RuleAction::allow) active.push_back(&rules_[entry]);
    return container::Visit::taken;
  });
  std::pmr::vector<bool> fitted(active.size(), false, &request.memory());
  const ValidationRule* refusing = nullptr;
  const auto hold_against = [&](const ValidationRule& rule, std::string_view parameter) {
    tell(rule, parameter, request, mode == BlockMode::on);
    if (mode == BlockMode::on) refusing = &rule;
  };
  for (const http::Parameter& parameter : parameters->all()) {
    for (size_t i = 0; i < active.size() && !refusing; i++) {
      if (!active[i]->matches(parameter.name, parameter.value)) continue;
      fitted[i] = true;
      if (active[i]->action == RuleAction::deny) hold_against(*active[i], parameter.name);
      if (active[i]->action == RuleAction::allow) tell(*active[i], parameter.name, request, false);
      break;
    }
  }
  for (size_t i = 0; i < active.size() && !refusing; i++)
    if (active[i]->action == RuleAction::required && !fitted[i]) hold_against(*active[i], "(none fits)");
  if (refusing) return Outcome::refused(refusing->status, "parameter_refused");
  return rest.proceed(request, response);
}

void ParameterValidationFilter::report(api::StatusWriter& writer) const {
  writer.number("rules", static_cast<double>(rules_.size()));
  writer.number("refused", static_cast<double>(refused_.load(std::memory_order_relaxed)));
  writer.number("noted", static_cast<double>(noted_.load(std::memory_order_relaxed)));
}

}  // namespace navajo::filters::parameter_validation

namespace navajo::filters {
std::span<const container::FilterRow> parameter_validation_rows() { return parameter_validation::kRows; }
}  // namespace navajo::filters
