#include "navajo/rules/sample_run.h"

#include <algorithm>
#include <array>

#include "navajo/rules/sample_facts.h"
#include "navajo/rules/template.h"

namespace navajo::rules {
namespace {

// Carries out what later rules can see, and notes the rest.
class Trial {
 public:
  Trial(const Program& program, const Sample& sample) : program_(program), facts_(sample) {}

  SampleOutcome run(const Sample& sample) {
    evaluate(Phase::request);
    const bool answered = out_.last && !std::holds_alternative<Pass>(*out_.last);
    if (sample.response && !answered) {
      facts_.set_response();
      evaluate(Phase::response);
    }
    out_.tags = facts_.tags();
    return std::move(out_);
  }

 private:
  void evaluate(Phase phase) {
    for (const ProgramSet& set : program_.sets()) {
      if (set.phase != phase) continue;
      bool ended = false;
      std::pmr::monotonic_buffer_resource memory;
      program_.evaluate(set, facts_, {memory}, [&](const Fired& fired) {
        ended = !carry_out(fired);
        return ended ? Next::stop : Next::go_on;
      });
      if (ended) return;
    }
  }

  // False: it ends here.
  bool carry_out(const Fired& fired) {
    const ProgramRule& rule = program_.rules()[fired.rule];
    out_.fired.push_back({&rule, fired.arm, fired.gave_up});
    if (fired.gave_up) return rule.shadow;  // whoever filters refuses the request
    if (rule.shadow) return true;
    for (const Action& action : out_.fired.back().actions()) {
      if (const Tag* tag = std::get_if<Tag>(&action)) facts_.set_tag(tag->name, expanded(tag->value, rule));
      if (const Capture* capture = std::get_if<Capture>(&action)) take(*capture);
      if (std::holds_alternative<Rate>(action) || std::holds_alternative<Credit>(action) ||
          std::holds_alternative<Concurrency>(action))
        out_.asked.emplace_back(rule.id);
      if (!is_final(action)) continue;
      out_.last = &action;
      return false;
    }
    return true;
  }

  std::string expanded(const Template& text, const ProgramRule& rule) {
    std::pmr::string out;
    expand(text, facts_, rule.id, Escape::none, out);
    return std::string(out);
  }

  void take(const Capture& capture) {
    const auto visit = [&](std::string_view value) {
      if (capture.pattern.empty()) {
        facts_.set_capture(capture.name, std::string(value));
        return true;
      }
      std::array<std::string_view, 2> groups;
      if (!capture.compiled || capture.compiled->search(value, groups) != config::SearchResult::found) return false;
      facts_.set_capture(capture.name, std::string(capture.compiled->groups() > 1 ? groups[1] : groups[0]));
      return true;
    };
    const FieldRow& row = row_of(capture.field);
    if (row.shape == Shape::named || capture.field == Field::role) {
      facts_.any(capture.field, capture.field_name, visit);
    } else if (row.kind == FieldKind::number) {
      if (const auto number = facts_.number(capture.field)) visit(std::to_string(*number));
    } else if (const auto text = facts_.text(capture.field)) {
      visit(*text);
    }
  }

  const Program& program_;
  SampleFacts facts_;
  SampleOutcome out_;
};

std::string what_acted(const SampleOutcome& outcome) {
  std::string out;
  for (const SampleFiring& firing : outcome.fired) {
    out += (out.empty() ? "" : ", ") + std::string(firing.rule->id);
    if (firing.arm == Arm::otherwise) out += " (else)";
    if (firing.gave_up) out += " (gave up)";
    if (firing.rule->shadow) out += " (shadow)";
  }
  return out.empty() ? "no rule acted" : "what acted: " + out;
}

bool has_action(const SampleFiring& firing, std::string_view name) {
  const std::vector<Action>& actions = firing.actions();
  return std::any_of(actions.begin(), actions.end(), [&](const Action& action) { return name == action_name(action); });
}

std::optional<int> status_of(const Action* action) {
  if (!action) return std::nullopt;
  if (const Block* block = std::get_if<Block>(action)) return block->status;
  if (const Redirect* redirect = std::get_if<Redirect>(action)) return redirect->status;
  return std::nullopt;
}

std::string difference(const Expectation& expected, const SampleOutcome& outcome) {
  if (expected.none)
    return std::all_of(outcome.fired.begin(), outcome.fired.end(),
                       [](const SampleFiring& firing) { return firing.rule->shadow; })
               ? ""
               : "no rule was to act; " + what_acted(outcome);
  const auto fits = [&](const SampleFiring& firing) {
    if (firing.gave_up) return false;
    if (!expected.rule.empty() &&
        (firing.rule->id != expected.rule || (firing.arm == Arm::otherwise) != expected.otherwise))
      return false;
    return expected.action.empty() || has_action(firing, expected.action);
  };
  const bool of_rules = !expected.rule.empty() || !expected.action.empty();
  if (of_rules && std::none_of(outcome.fired.begin(), outcome.fired.end(), fits)) {
    std::string out = expected.rule.empty() ? "no rule" : "rule '" + expected.rule + "'";
    if (expected.otherwise) out += " (else)";
    if (!expected.action.empty()) out += " with the action " + expected.action;
    return out + (expected.rule.empty() ? " acted; " : " did not act; ") + what_acted(outcome);
  }
  if (expected.status) {
    const std::optional<int> status = status_of(outcome.last);
    if (status != expected.status)
      return "the answer was to be " + std::to_string(*expected.status) + ", but it is " +
             (status ? std::to_string(*status) : std::string("left to the rest of the chain"));
  }
  if (expected.tag) {
    for (const SampleValue& tag : outcome.tags)
      if (tag.name == expected.tag->name)
        return tag.value == expected.tag->value ? "" : "the tag " + tag.name + " is '" + tag.value + "', not '" +
                                                           expected.tag->value + "'";
    return "there is no tag " + expected.tag->name;
  }
  return "";
}

}  // namespace

std::string summary(const Sample& sample, const SampleOutcome& outcome) {
  std::string out = (sample.name.empty() ? sample.method + " " + sample.target : sample.name) + ": " +
                    what_acted(outcome);
  if (const std::optional<int> status = status_of(outcome.last)) out += "; answer " + std::to_string(*status);
  for (size_t i = 0; i < outcome.asked.size(); i++) out += (i == 0 ? "; limits asked: " : ", ") + outcome.asked[i];
  for (size_t i = 0; i < outcome.tags.size(); i++)
    out += (i == 0 ? "; tags: " : ", ") + outcome.tags[i].name + "=" + outcome.tags[i].value;
  return out;
}

const char* action_name(const Action& action) {
  static constexpr const char* kNames[] = {"pass",        "block", "redirect", "delay",      "tag",     "",    "rate",
                                           "credit",      "concurrency", "log", "capture",   "route",   "body-limit",
                                           "timeout",     "skip"};
  static_assert(std::size(kNames) == std::variant_size_v<Action>);
  if (const ChangeHeader* change = std::get_if<ChangeHeader>(&action))
    return change->change == Change::add   ? "add-header"
           : change->change == Change::set ? "set-header"
                                           : "remove-header";
  return kNames[action.index()];
}

SampleOutcome try_sample(const Program& program, const Sample& sample) { return Trial(program, sample).run(sample); }

std::vector<std::string> differences(const Sample& sample, const SampleOutcome& outcome) {
  std::vector<std::string> out;
  for (const Expectation& expected : sample.expected) {
    const std::string text = difference(expected, outcome);
    if (text.empty()) continue;
    out.push_back(expected.where.file + ":" + std::to_string(expected.where.line) + ": " +
                  (sample.name.empty() ? "" : sample.name + ": ") + text);
  }
  return out;
}

}  // namespace navajo::rules
