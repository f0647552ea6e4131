#include "navajo/rules/program.h"

#include <algorithm>

#include "navajo/rules/action_image.h"
#include "navajo/rules/needs.h"
#include "navajo/rules/program_state.h"

namespace navajo::rules {
namespace {

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

}  // namespace

Program::Program(std::unique_ptr<State> state) : state_(std::move(state)) {}
Program::~Program() = default;

base::Result<std::unique_ptr<Program>> Program::adopt(std::span<const std::byte> image) {
  if (const base::Status<> checked = check_image(image); !checked.ok()) return failed(checked.error().text);
  auto state = std::make_unique<State>();
  const ImageView view(image);
  state->image = view;
  for (const PatternShm& pattern : view.all<PatternShm>()) {
    auto regex = config::Regex::compile(view.text(pattern.expression),
                                        {.dot_all = (pattern.flags & PatternShm::dot_all) != 0,
                                         .ignore_case = (pattern.flags & PatternShm::ignore_case) != 0});
    if (!regex.ok()) return failed("a pattern does not compile: " + regex.error().text);
    state->without_jit += !regex->just_in_time();
    state->patterns.push_back(std::move(*regex));
  }
  for (const TextShm& text : view.all<TextShm>()) {
    base::Result<TimeWindow> window = TimeWindow::parse(view.text(text));
    if (!window.ok()) return failed("a time window cannot be read: " + window.error().text);
    state->windows.push_back(std::move(*window));
  }
  for (const RuleShm& rule : view.all<RuleShm>()) {
    base::Result<std::vector<Action>> then = read_actions(view.text(rule.then));
    base::Result<std::vector<Action>> otherwise = read_actions(view.text(rule.otherwise));
    if (!then.ok()) return failed(then.error().text);
    if (!otherwise.ok()) return failed(otherwise.error().text);
    for (const std::vector<Action>* actions : {&*then, &*otherwise}) {
      for (const Action& action : *actions) {
        if (const Log* const log = std::get_if<Log>(&action)) {
          state->logged_body = std::max(state->logged_body, log->body);
          state->logged_response_body = std::max(state->logged_response_body, log->response_body);
        }
        const Capture* const capture = std::get_if<Capture>(&action);
        if (!capture || !capture->compiled) continue;
        state->captures++;
        state->without_jit += !capture->compiled->just_in_time();
      }
    }
    state->rules.push_back({view.text(rule.id), view.text(rule.place), std::move(*then), std::move(*otherwise),
                            (rule.flags & RuleShm::two_armed) != 0, (rule.flags & RuleShm::go_on) != 0,
                            (rule.flags & RuleShm::shadow) != 0});
  }
  for (const SetShm& set : view.all<SetShm>())
    state->sets.push_back({view.text(set.name), static_cast<Phase>(set.phase), static_cast<Evaluation>(set.evaluation),
                           set.first, set.count, needs_of(set.needs)});
  return std::unique_ptr<Program>(new Program(std::move(state)));
}

std::span<const ProgramSet> Program::sets() const { return state_->sets; }

const ProgramSet* Program::set(std::string_view name) const {
  const auto found = std::ranges::find(state_->sets, name, &ProgramSet::name);
  return found == state_->sets.end() ? nullptr : &*found;
}

std::span<const ProgramRule> Program::rules() const { return state_->rules; }
uint32_t Program::logged_body() const { return state_->logged_body; }
uint32_t Program::logged_response_body() const { return state_->logged_response_body; }
size_t Program::patterns() const { return state_->patterns.size() + state_->captures; }
size_t Program::patterns_without_jit() const { return state_->without_jit; }

}  // namespace navajo::rules
