#include "navajo/filters/header_delegation/header_delegation_filter.h"

#include "navajo/config/text.h"
#include "navajo/http/delegated_fields.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"

namespace navajo::filters::header_delegation {
namespace {

using container::Stage;

constexpr config::ParamSpec kParams[] = {
    {.name = "DelegateToBackend", .type = config::ParamType::lines,
     .doc = "Request fields for the servlet, one a line: Name:SOURCE:name;SOURCE:name... with the sources CONST, "
            "HEADER, ENV, PARAM, AUTH and SESSION. An empty value deletes the field.",
     .conditions = config::Conditions::then_continue},
    {.name = "DelegateToFrontend", .type = config::ParamType::lines,
     .doc = "Response fields for the client, in the same way; RESP:x and ENV:bcx.servlet.response.Header.x are the "
            "response field x, also in conditions.",
     .conditions = config::Conditions::then_continue},
};

// Replaces the fields of the active rules in one message.
class Delegation {
 public:
  Delegation(const DelegationRules& rules, http::Headers& fields, api::Request& request,
             const http::Headers* response_fields)
      : rules_(rules), fields_(fields), request_(request), response_fields_(response_fields) {}

  void apply() {
    if (rules_.lines.empty()) return;
    // Conditions are judged and values made before the first field is changed: a rule may read what another replaces.
    struct Active {
      const DelegationRule* rule;
      std::string_view value;
    };
    std::pmr::vector<Active> active(&request_.memory());
    active.reserve(rules_.rules.size());
    rules_.lines.for_each_active(request_, response_fields_, container::InDoubt::skip, [&](size_t entry) {
      const DelegationRule& rule = rules_.rules[entry];
      active.push_back({&rule, make_value(rule)});
      return container::Visit::taken;
    });
    if (active.empty()) return;
    const auto is_replaced = [&](std::string_view name) {
      for (const Active& one : active)
        if (http::same_folded_name(name, one.rule->name)) return true;
      return false;
    };
    http::remove_fields(fields_, is_replaced, request_.memory());
    for (const Active& one : active)
      if (!one.value.empty()) fields_.add(one.rule->name, one.value);
  }

 private:
  // In the request's memory, whatever happens to the fields it was made of.
  std::string_view make_value(const DelegationRule& rule) {
    if (rule.fixed) return *rule.fixed;
    std::pmr::string& value = *std::pmr::polymorphic_allocator<>(&request_.memory()).new_object<std::pmr::string>();
    rule.value.append_to(value, request_, response_fields_);
    const std::string_view trimmed = http::trim(value);
    if (http::is_field_value(trimmed)) return trimmed;
    // Of a decoded path, say. Left out, never mended: half a value may mean something else.
    observe::log(observe::id::delegated_value_refused,
                 "field %s of request %.*s is left out: its value holds a control character", rule.name.c_str(),
                 static_cast<int>(request_.id().size()), request_.id().data());
    return {};
  }

  const DelegationRules& rules_;
  http::Headers& fields_;
  api::Request& request_;
  const http::Headers* response_fields_;
};

class DelegatingResponse final : public api::ResponseWrapper {
 public:
  DelegatingResponse(api::Response& inner, const DelegationRules& rules, api::Request& request)
      : ResponseWrapper(inner), rules_(rules), request_(request) {}

 protected:
  void before_commit() override { Delegation(rules_, headers(), request_, &headers()).apply(); }

 private:
  const DelegationRules& rules_;
  api::Request& request_;
};

DelegationRule make_rule(std::string_view name, container::ValueExpression value) {
  std::optional<std::string> fixed = value.constant();
  if (fixed) fixed = std::string(http::trim(*fixed));
  if (fixed && !http::is_field_value(*fixed)) fixed.reset();
  return {std::string(name), std::move(value), std::move(fixed)};
}

DelegationRules parse_rules(const config::Params& params, const char* param, Stage stage) {
  DelegationRules out{container::ConditionalLines(params, param, stage), {}};
  const auto kind = stage == Stage::request ? http::MessageKind::request : http::MessageKind::response;
  for (const config::ParamLine& line : out.lines.entries()) {
    const auto fault = [&](const std::string& text) { params.fault(line.where, std::string(param) + ": " + text); };
    const std::string_view text = line.text;
    const size_t colon = text.find(':');
    const std::string_view name = config::trim(text.substr(0, colon));
    if (colon == std::string_view::npos) {
      fault("'" + config::printable(text) + "' is not Name:SOURCE:name");
    } else if (const char* why = http::why_not_delegated(name, kind)) {
      fault("'" + config::printable(name) + "' " + why);
    } else {
      base::Result<container::ValueExpression> value = container::ValueExpression::parse(text.substr(colon + 1), stage);
      if (value.ok())
        out.rules.push_back(make_rule(name, std::move(*value)));
      else
        fault(value.error().text);
    }
  }
  return out;
}

std::unique_ptr<api::Filter> make(const container::ComponentContext&, const config::Params& params) {
  return std::make_unique<HeaderDelegationFilter>(parse_rules(params, "DelegateToBackend", Stage::request),
                                                  parse_rules(params, "DelegateToFrontend", Stage::response));
}

const container::FilterRow kRows[] = {
    {.name = "HeaderDelegationFilter",
     .aliases = {"ch::nevis::isiweb4::filter::delegation::HeaderDelegationFilter"},
     .params = kParams,
     .doc = "Sets header fields of requests to the backend and of responses to the client.",
     .make = make},
};

}  // namespace

api::Outcome HeaderDelegationFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  Delegation(to_backend_, request.headers(), request, nullptr).apply();
  if (to_frontend_.lines.empty()) return rest.proceed(request, response);
  DelegatingResponse delegating(response, to_frontend_, request);
  const api::Outcome outcome = rest.proceed(request, delegating);
  // The container makes the page of a refusal behind our back: its fields are set here.
  if (!outcome.is_answered() && !response.committed())
    Delegation(to_frontend_, response.headers(), request, &response.headers()).apply();
  return outcome;
}

void HeaderDelegationFilter::report(api::StatusWriter& writer) const {
  writer.number("request_fields", static_cast<double>(to_backend_.rules.size()));
  writer.number("response_fields", static_cast<double>(to_frontend_.rules.size()));
  writer.number("undecided_conditions",
                static_cast<double>(to_backend_.lines.doubts() + to_frontend_.lines.doubts()));
}

}  // namespace navajo::filters::header_delegation

namespace navajo::filters {
std::span<const container::FilterRow> header_delegation_rows() { return header_delegation::kRows; }
}  // namespace navajo::filters
