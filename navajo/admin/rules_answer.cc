#include "navajo/admin/rules_answer.h"

#include <algorithm>
#include <set>

#include "navajo/admin/record.h"
#include "navajo/config/diagnostics.h"

namespace navajo::admin {
namespace {

// A line has at most kMaxLine bytes, and a byte may become three.
constexpr size_t kLongestText = 600, kLongestName = 200;

uint64_t value(const std::atomic<uint64_t>& number) { return number.load(std::memory_order_relaxed); }
std::string_view cut(std::string_view text, size_t length = kLongestName) { return text.substr(0, length); }

}  // namespace

bool RulesAnswer::more(std::string& out) {
  if (next_ < stores_.size()) {
    rules::RuleStore& store = *stores_[next_++];
    if (request_.command == Command::rules_show)
      show(store, out);
    else
      reload(store, out);
    return true;
  }
  if (request_.command == Command::rules_show) {
    Record end(request_.format, "end");
    end.natural("rules", rules_).natural("credits", credits_);
    if (credits_left_out_ > 0) end.natural("credits_left_out", credits_left_out_);
    end.append_to(out);
  } else if (faults_ > 0)
    Record(request_.format, "error")
        .text("code", "rules_refused")
        .text("text", "the rules of before stay at work")
        .append_to(out);
  else
    Record(request_.format, "end").natural("reloaded", reloaded_).append_to(out);
  return false;
}

void RulesAnswer::show(const rules::RuleStore& store, std::string& out) {
  const auto generation = store.current();
  const rules::Program& program = generation->program();
  const std::string& name = store.options().name;
  Record(request_.format, "rules")
      .text("name", name)
      .text("file", cut(store.options().file, kLongestText))
      .natural("generation", generation->number())
      .natural("rules", program.rules().size())
      .natural("sets", program.sets().size())
      .append_to(out);
  for (const rules::ProgramSet& set : program.sets()) {
    for (uint32_t i = set.first; i < set.first + set.count; i++) {
      const rules::ProgramRule& rule = program.rules()[i];
      const rules::RuleCountersShm& counters = generation->counters(i);
      Record record(request_.format, "rule");
      record.text("rules", name).text("id", cut(rule.id)).text("set", cut(set.name)).text("place", cut(rule.place));
      record.text("mode", rule.shadow ? "shadow" : "on").natural("hits", value(counters.hits));
      if (rule.two_armed) record.natural("other_arm", value(counters.other_arm));
      record.natural("refused", value(counters.refused)).natural("would_have", value(counters.would_have));
      record.natural("gave_up", value(counters.gave_up));
      if (const uint64_t timed = value(counters.timed); timed > 0)
        record.natural("mean_ns", value(counters.nanoseconds) / timed);
      if (const int64_t last = counters.last_hit.load(std::memory_order_relaxed); last > 0)
        record.natural("last_hit", static_cast<uint64_t>(last));
      record.append_to(out);
      rules_++;
    }
  }
  if (limits_) show_credits(*generation, name, out);
}

// A label is the rule's id and, behind a space, whose credit it is.
void RulesAnswer::show_credits(const rules::RuleGeneration& generation, const std::string& name, std::string& out) {
  std::set<std::string_view> ids;
  for (const rules::ProgramRule& rule : generation.program().rules()) ids.insert(rule.id);
  limits_->visit_credits([&](const limits::CreditUse& use) {
    const size_t space = std::min(use.label.find(' '), use.label.size());
    const std::string_view id = use.label.substr(0, space);
    if (!ids.contains(id)) return true;
    if (credits_ == kMostCredits) {
      credits_left_out_++;
      return true;
    }
    credits_++;
    Record(request_.format, "credit")
        .text("rules", name)
        .text("rule", cut(id))
        .text("of", cut(use.label.substr(std::min(space + 1, use.label.size()))))
        .natural("amount", use.amount)
        .natural("remaining", use.remaining())
        .natural("ends", use.ends > 0 ? static_cast<uint64_t>(use.ends) : 0)
        .append_to(out);
    return true;
  });
}

void RulesAnswer::reload(rules::RuleStore& store, std::string& out) {
  const std::string& name = store.options().name;
  config::Diagnostics faults;
  const auto number = store.reload(faults);
  if (number.ok()) {
    reloaded_++;
    Record(request_.format, "reloaded").text("name", name).natural("generation", *number).append_to(out);
    return;
  }
  faults_++;
  for (const config::Fault& fault : faults.faults()) {
    Record record(request_.format, "fault");
    record.text("file", cut(fault.where.file, kLongestText));
    record.natural("line", static_cast<uint64_t>(fault.where.line));
    record.natural("column", static_cast<uint64_t>(fault.where.column));
    record.text("text", cut(fault.text, kLongestText));
    record.append_to(out);
  }
  Record refused(request_.format, "refused");
  refused.text("name", name).text("text", cut(number.error().text, kLongestText)).append_to(out);
}

}  // namespace navajo::admin
