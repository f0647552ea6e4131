#include "navajo/filters/header_validation/header_validation_filter.h"

#include <memory_resource>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::filters::header_validation {
namespace {

using api::Outcome;
using api::WriteStatus;
using limits::RuleAction;
using limits::ValidationRule;

constexpr config::ParamSpec kParams[] = {
    {.name = "RequestHeaderRules", .type = config::ParamType::lines,
     .doc = "name-regex:value-regex:action[:logmode][:status], one a line; a colon in an expression is written \\:. "
            "action: allow, deny, drop or required. logmode: log or silent. status: of a refusal, 403 if none is "
            "given. For each field the first rule that fits counts."},
    {.name = "ResponseHeaderRules", .type = config::ParamType::lines,
     .doc = "The same for responses; a refused one becomes a 502 if no status is given."},
};

// A response is judged when it is about to leave, and not committed when it may not.
class ValidatedResponse final : public api::ResponseWrapper {
 public:
  ValidatedResponse(api::Response& inner, const HeaderValidationFilter& filter, const Rules& rules,
                    api::Request& request)
      : ResponseWrapper(inner), filter_(filter), rules_(rules), request_(request) {}

  WriteStatus commit() override {
    if (!judged_ && !committed()) {
      judged_ = true;
      refused_ = filter_.judge(rules_, headers(), request_, "response");
    }
    return refused_ ? WriteStatus::client_gone : ResponseWrapper::commit();
  }
  WriteStatus finish() override {
    if (commit() != WriteStatus::ok) return WriteStatus::client_gone;
    return ResponseWrapper::finish();
  }
  void abort() override {
    if (!refused_) ResponseWrapper::abort();
  }
  const ValidationRule* refused() const { return refused_; }

 private:
  const HeaderValidationFilter& filter_;
  const Rules& rules_;
  api::Request& request_;
  bool judged_ = false;
  const ValidationRule* refused_ = nullptr;
};

Rules rules_of(const config::Params& params, const char* param, int status) {
  return limits::parse_validation_rules(params, param, params.positioned_lines(param),
                                        {.names_without_case = true, .may_drop = true, .status = status});
}

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  return std::make_unique<HeaderValidationFilter>(context.name, rules_of(params, "RequestHeaderRules", 403),
                                                  rules_of(params, "ResponseHeaderRules", 502));
}

const container::FilterRow kRows[] = {
    {.name = "HeaderValidationFilter",
     .aliases = {"ch::nevis::isiweb4::filter::validation::HeaderValidationFilter"},
     .params = kParams,
     .doc = "Allows, refuses or drops header fields of requests and responses by their names and values.",
     .make = make},
};

}  // namespace

// The value is not told: it may be a password.
void HeaderValidationFilter::tell(const ValidationRule& rule, std::string_view field, api::Request& request,
                                  const char* of_what) const {
  const bool refuses = rule.action == RuleAction::deny || rule.action == RuleAction::required;
  (rule.action == RuleAction::drop ? dropped_ : refused_)
      .fetch_add(rule.action == RuleAction::allow ? 0 : 1, std::memory_order_relaxed);
  if (refuses) observe::count(observe::Counter::validation_refused);
  if (!rule.logged) return;
  observe::log(refuses ? observe::id::validation_refused : observe::id::validation_noted,
               "request %.*s, filter %s, rule %s: %s %s field %.*s", static_cast<int>(request.id().size()),
               request.id().data(), name_.c_str(), rule.id.c_str(), name_of(rule.action), of_what,
               static_cast<int>(field.size()), field.data());
}

const ValidationRule* HeaderValidationFilter::judge(const Rules& rules, http::Headers& fields, api::Request& request,
                                                    const char* of_what) const {
  struct Field {
    std::string_view name, value;
    bool dropped;
  };
  std::pmr::vector<Field> all(&request.memory());
  std::pmr::vector<const ValidationRule*> fitted(&request.memory());
  const ValidationRule* refusing = nullptr;
  bool drops = false;
  fields.for_each([&](std::string_view name, std::string_view value) {
    const ValidationRule* rule = nullptr;
    for (const ValidationRule& one : rules)
      if (one.matches(name, value)) {
        rule = &one;
        break;
      }
    const bool dropped = rule && rule->action == RuleAction::drop;
    all.push_back({name, value, dropped});
    drops = drops || dropped;
    if (!rule) return true;
    fitted.push_back(rule);
    if (rule->action != RuleAction::required) tell(*rule, name, request, of_what);
    if (rule->action == RuleAction::deny) refusing = rule;
    return !refusing;
  });
  if (refusing) return refusing;
  for (const ValidationRule& rule : rules) {
    if (rule.action != RuleAction::required) continue;
    bool found = false;
    for (const ValidationRule* one : fitted) found = found || one == &rule;
    if (found) continue;
    tell(rule, "(none fits)", request, of_what);
    return &rule;
  }
  if (!drops) return nullptr;
  // Views end when the fields are changed. Of a name some of whose fields go, the others are put back.
  const auto goes = [&all](std::string_view name) {
    for (const Field& field : all)
      if (field.dropped && http::same_name(field.name, name)) return true;
    return false;
  };
  std::pmr::vector<std::pmr::string> gone(&request.memory());
  std::pmr::vector<std::pair<std::pmr::string, std::pmr::string>> kept(&request.memory());
  for (const Field& field : all) {
    if (field.dropped)
      gone.emplace_back(field.name);
    else if (goes(field.name))
      kept.emplace_back(field.name, field.value);
  }
  for (const std::pmr::string& name : gone) fields.remove(name);
  for (const auto& [name, value] : kept) fields.add(name, value);
  return nullptr;
}

Outcome HeaderValidationFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  if (const ValidationRule* rule = judge(request_rules_, request.headers(), request, "request"))
    return Outcome::refused(rule->status, "header_refused");
  if (response_rules_.empty()) return rest.proceed(request, response);
  ValidatedResponse validated(response, *this, response_rules_, request);
  const Outcome outcome = rest.proceed(request, validated);
  if (validated.refused()) return Outcome::refused(validated.refused()->status, "response_header_refused");
  return outcome;
}

void HeaderValidationFilter::report(api::StatusWriter& writer) const {
  writer.number("request_rules", static_cast<double>(request_rules_.size()));
  writer.number("response_rules", static_cast<double>(response_rules_.size()));
  writer.number("refused", static_cast<double>(refused_.load(std::memory_order_relaxed)));
  writer.number("dropped", static_cast<double>(dropped_.load(std::memory_order_relaxed)));
}

}  // namespace navajo::filters::header_validation

namespace navajo::filters {
std::span<const container::FilterRow> header_validation_rows() { return header_validation::kRows; }
}  // namespace navajo::filters
