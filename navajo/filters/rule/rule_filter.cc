#include "navajo/filters/rule/rule_filter.h"

#include "navajo/config/navajo_xml.h"
#include "navajo/config/text.h"
#include "navajo/container/shared_services.h"
#include "navajo/filters/rule/ruled_response.h"
#include "navajo/observe/log.h"

namespace navajo::filters::rule {
namespace {

using config::ParamType;

constexpr config::ParamSpec kParams[] = {
    {.name = "Rules", .doc = "Name of the Rules element of navajo.xml; may be left out where there is only one."},
    {.name = "RequestSets",
     .doc = "Names of the sets that are applied to requests, separated by blanks; none: all sets with that phase. "
            "They are applied in the order of the file."},
    {.name = "ResponseSets", .doc = "The same for responses."},
    {.name = "Mode", .type = ParamType::choice, .default_value = "enforce", .choices = "enforce,shadow",
     .doc = "shadow: all rules are evaluated and counted, and what they would have done is logged, but nothing is "
            "done."},
    {.name = "InspectBody", .type = ParamType::bytes, .default_value = "64K", .minimum = 0, .maximum = 16 << 20,
     .doc = "First bytes of a body that conditions look at, in bytes. They are held back until the rules have judged."},
};

std::shared_ptr<rules::RuleStore> find_store(const container::ComponentContext& context, const config::Params& params) {
  const auto* stores = context.services ? &context.services->rule_stores : nullptr;
  const std::string& name = params.text("Rules");
  if (!stores || stores->empty()) {
    params.fault("Rules", "navajo.xml has no Rules element");
    return nullptr;
  }
  if (name.empty()) {
    if (stores->size() == 1) return stores->begin()->second;
    params.fault("Rules", "navajo.xml has several Rules elements: say which");
    return nullptr;
  }
  if (const auto found = stores->find(name); found != stores->end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [known, store] : *stores) names.push_back(known);
  params.fault("Rules", "navajo.xml has no Rules element '" + config::printable(name) + "'" +
                            config::did_you_mean(name, names));
  return nullptr;
}

std::vector<std::string> read_sets(const config::Params& params, const char* param, const rules::Program& program,
                                   rules::Phase phase) {
  std::vector<std::string> out;
  for (const std::string_view word : config::split_words(params.text(param))) {
    const rules::ProgramSet* set = program.set(word);
    if (!set || set->phase != phase) {
      std::vector<std::string_view> names;
      for (const rules::ProgramSet& known : program.sets())
        if (known.phase == phase) names.push_back(known.name);
      params.fault(param, "the rules have no set '" + config::printable(word) + "' of that phase" +
                              config::did_you_mean(word, names));
    }
    out.emplace_back(word);
  }
  return out;
}

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  Settings settings;
  settings.store = find_store(context, params);
  if (!settings.store) return nullptr;
  settings.shadow = params.text("Mode") == "shadow";
  settings.inspected = params.bytes("InspectBody");
  const auto generation = settings.store->current();
  settings.request_sets = read_sets(params, "RequestSets", generation->program(), rules::Phase::request);
  settings.response_sets = read_sets(params, "ResponseSets", generation->program(), rules::Phase::response);
  settings.form = {.total = context.properties->bytes("ch.nevis.navajo.request.BufferSize"),
                   .memory = context.properties->bytes("ch.nevis.navajo.request.MemBufferSize")};
  settings.limits = context.services->limits;
  settings.event_logs = &context.services->event_logs;
  settings.x_fields = context.services->limit_fields == config::LimitFields::both;
  settings.fields = context.services->limit_fields != config::LimitFields::off;
  return std::make_unique<RuleFilter>(std::move(settings));
}

const container::FilterRow kRows[] = {
    {.name = "RuleFilter",
     .aliases = {},
     .params = kParams,
     .doc = "Applies the rules of a Rules element: blocks, redirects, delays, limits, changes fields, logs, routes.",
     .make = make},
};

}  // namespace

api::Outcome RuleFilter::proceed(RuledExchange& exchange, api::Response& response, api::FilterChain& rest) {
  if (exchange.route().empty()) return rest.proceed(exchange.request(), response);
  api::Servlet* servlet = components_ ? components_->servlet(exchange.route()) : nullptr;
  if (servlet) return rest.proceed_to(*servlet, exchange.request(), response);
  observe::log(observe::id::rule_action_failed, "request %.*s: a rule routes it to servlet '%s', which its application "
               "does not have: it is refused", static_cast<int>(exchange.request().id().size()),
               exchange.request().id().data(), config::printable(exchange.route()).c_str());
  return api::Outcome::refused(503, "no_route");
}

api::Outcome RuleFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  RuledRequest ruled(request);
  RuledExchange exchange(settings_, numbers_, settings_.store->current(), ruled);
  if (const std::optional<Answer> answer = exchange.judge_request(response)) {
    exchange.write_fields(response.headers());
    const api::Outcome outcome = give(*answer, exchange.request(), response);
    exchange.end(response, outcome, answer->body);
    return outcome;
  }
  if (!exchange.has_response_work()) {
    const api::Outcome outcome = proceed(exchange, response, rest);
    exchange.end(response, outcome, {});
    return outcome;
  }
  RuledResponse ruled_response(response, exchange);
  api::Outcome outcome = proceed(exchange, ruled_response, rest);
  // The page of a refusal is made by the container, behind our back: it gets the fields, and rules may replace it.
  if (!outcome.is_answered() && !ruled_response.judged() && !response.committed()) {
    const std::optional<Answer> answer = exchange.judge_response(response, outcome.status);
    exchange.write_fields(response.headers());
    if (answer) outcome = give(*answer, exchange.request(), response);
  }
  exchange.end(response, outcome, ruled_response.kept());
  return outcome;
}

void RuleFilter::report(api::StatusWriter& writer) const {
  const auto number = [&](const char* name, const std::atomic<uint64_t>& value) {
    writer.number(name, static_cast<double>(value.load(std::memory_order_relaxed)));
  };
  writer.text("rules", settings_.store->options().name);
  number("requests", numbers_.requests);
  number("refused", numbers_.refused);
  number("would_have", numbers_.would_have);
  number("delayed", numbers_.delayed);
  number("logged", numbers_.logged);
}

}  // namespace navajo::filters::rule

namespace navajo::filters {
std::span<const container::FilterRow> rule_rows() { return rule::kRows; }
}  // namespace navajo::filters
