// What a rule store shows of itself on the status page.
#include <algorithm>

#include "navajo/rules/shared_rule_store.h"

namespace navajo::rules {
namespace {

// The page is for people; `navajo rules show` has them all.
constexpr size_t kMostRules = 500;

void report_rule(const ProgramRule& rule, const RuleCountersShm& counters, api::StatusWriter& writer) {
  const auto number = [&](const char* name, const std::atomic<uint64_t>& value) {
    writer.number(name, static_cast<double>(value.load(std::memory_order_relaxed)));
  };
  writer.begin("rule " + std::string(rule.id));
  writer.text("place", rule.place);
  number("hits", counters.hits);
  if (rule.two_armed) number("other_arm", counters.other_arm);
  number("refused", counters.refused);
  if (rule.shadow) number("would_have", counters.would_have);
  number("gave_up", counters.gave_up);
  writer.number("last_hit", static_cast<double>(counters.last_hit.load(std::memory_order_relaxed)));
  writer.end();
}

}  // namespace

void SharedRuleStore::report(api::StatusWriter& writer) const {
  const auto generation = current();
  const auto& own = static_cast<const SharedGeneration&>(*generation);
  writer.begin("rules " + options_.name);
  writer.text("file", options_.file);
  writer.number("generation", generation->number());
  writer.number("generation_at_work", GenerationWord(head().current.load()).number);
  writer.number("loaded_at", static_cast<double>(own.parts().loaded_at));
  writer.number("image_bytes", static_cast<double>(own.parts().image.size()));
  writer.number("memory", static_cast<double>(options_.memory));
  writer.number("reloads", static_cast<double>(head().reloads.load(std::memory_order_relaxed)));
  writer.number("reloads_refused", static_cast<double>(head().refused.load(std::memory_order_relaxed)));
  const auto rules = own.parts().rules.program ? own.program().rules() : std::span<const ProgramRule>();
  writer.number("rules", static_cast<double>(rules.size()));
  for (size_t i = 0; i < std::min(rules.size(), kMostRules); i++)
    report_rule(rules[i], generation->counters(static_cast<uint32_t>(i)), writer);
  if (rules.size() > kMostRules) writer.number("rules_not_shown", static_cast<double>(rules.size() - kMostRules));
  writer.end();
}

}  // namespace navajo::rules
