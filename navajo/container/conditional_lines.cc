#include "navajo/container/conditional_lines.h"

#include <stdexcept>

#include "navajo/config/text.h"
#include "navajo/observe/log.h"

namespace navajo::container {
namespace {

using config::printable;

constexpr std::string_view kCondition = "Condition:", kNegated = "!Condition:", kPragma = "Pragma:";

bool begins_with(std::string_view text, std::string_view word) { return text.substr(0, word.size()) == word; }

std::string_view up_to_colon(std::string_view text) { return text.substr(0, text.find(':')); }

// The next colon that is not written "\:".
size_t find_colon(std::string_view text) {
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == ':') return i;
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ':') i++;
  }
  return std::string_view::npos;
}

std::string with_plain_colons(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ':') i++;
    out += text[i];
  }
  return out;
}

}  // namespace

// From lines to steps.
class ConditionalLines::Reader {
 public:
  Reader(ConditionalLines& out, const config::Params& params, const char* name, Stage stage)
      : out_(out), params_(params), name_(name), stage_(stage) {}

  void read() {
    bool breaks = params_.conditions(name_) == config::Conditions::then_break;
    for (config::ParamLine& line : params_.positioned_lines(name_)) {
      const std::string_view text = line.text;
      if (begins_with(text, kCondition))
        condition(text.substr(kCondition.size()), false, line.where);
      else if (begins_with(text, kNegated))
        condition(text.substr(kNegated.size()), true, line.where);
      else if (begins_with(text, kPragma))
        pragma(config::trim(text.substr(kPragma.size())), line.where, breaks);
      else if (const char* word = misspelt(text))
        fault(line.where, "'" + printable(up_to_colon(text)) + ":' is not known, did you mean '" + word + "'?");
      else
        entry(std::move(line), breaks);
    }
    no_condition_pending("the end");
    for (const OpenBlock& block : open_)
      fault(block.where, "the block that begins here has no Pragma:block-end");
  }

 private:
  struct OpenBlock {
    size_t step;
    bool breaks_outside;
    config::Position where;
  };

  void fault(const config::Position& where, const std::string& text) {
    params_.fault(where, std::string(name_) + ": " + text);
  }

  // Another case of the words, or a blank in them, must not turn a condition into an entry.
  static const char* misspelt(std::string_view text) {
    const std::string_view word = config::trim(up_to_colon(text));
    if (word.size() == text.size()) return nullptr;
    const std::string_view positive = config::trim(word.substr(begins_with(word, "!") ? 1 : 0));
    if (config::same_word(positive, "Condition")) return word.size() == positive.size() ? "Condition:" : "!Condition:";
    const std::string_view rest = config::trim(text.substr(text.find(':') + 1));
    const bool known = rest == "break" || rest == "continue" || rest == "block-begin" || rest == "block-end";
    return known && config::same_word(word, "Pragma") ? "Pragma:" : nullptr;
  }

  Step& add_step(bool breaks) {
    Step step;
    step.first_condition = first_pending_;
    step.conditions = out_.conditions_.size() - first_pending_;
    step.breaks = breaks;
    step.next = out_.steps_.size() + 1;
    first_pending_ = out_.conditions_.size();
    pending_.clear();
    out_.steps_.push_back(step);
    return out_.steps_.back();
  }

  void entry(config::ParamLine line, bool breaks) {
    add_step(breaks).entry = out_.entries_.size();
    out_.entries_.push_back(std::move(line));
  }

  void no_condition_pending(const char* what) {
    if (!pending_.empty()) fault(pending_.front(), std::string("there is no entry between this condition and ") + what);
    pending_.clear();
    first_pending_ = out_.conditions_.size();
  }

  void pragma(std::string_view word, const config::Position& where, bool& breaks) {
    if (word == "break" || word == "continue") {
      breaks = word == "break";
    } else if (word == "block-begin") {
      add_step(breaks).block = true;
      open_.push_back({out_.steps_.size() - 1, breaks, where});
    } else if (word == "block-end") {
      no_condition_pending("the end of its block");
      if (open_.empty()) return fault(where, "there is no Pragma:block-begin for this block-end");
      out_.steps_[open_.back().step].next = out_.steps_.size();
      breaks = open_.back().breaks_outside;
      open_.pop_back();
    } else {
      fault(where, "the pragma '" + printable(word) + "' is not one of break, continue, block-begin, block-end" +
                       config::did_you_mean(word, {"break", "continue", "block-begin", "block-end"}));
    }
  }

  void condition(std::string_view text, bool negated, const config::Position& where) {
    pending_.push_back(where);
    const size_t first = find_colon(text);
    if (first == std::string_view::npos) return fault(where, "a condition is Condition:SOURCE:variable:regex");
    std::string_view source = config::trim(text.substr(0, first)), name = source, regex = text.substr(first + 1);
    if (Variable::is_source(source)) {
      const size_t second = find_colon(regex);
      if (second == std::string_view::npos) return fault(where, "a condition is Condition:SOURCE:variable:regex");
      name = regex.substr(0, second);
      regex.remove_prefix(second + 1);
    } else {
      // A misspelt source would be a variable that nobody sets.
      const std::string meant = Variable::nearest_source(source);
      if (!meant.empty() && find_colon(regex) != std::string_view::npos)
        return fault(where, "'" + printable(source) + "' is not a source" + meant);
      source = "ENV";
    }
    regex = config::trim(regex);
    if (regex.empty()) return fault(where, "the condition has no regex");
    base::Result<Variable> variable = Variable::parse(source, with_plain_colons(name), stage_);
    if (!variable.ok()) return fault(where, variable.error().text);
    // To a PCRE and a GLOB "\:" is a colon as well; an address has no escapes.
    const std::string address = begins_with(regex, "CIDR/") ? with_plain_colons(regex) : std::string();
    base::Result<config::Pattern> pattern = config::Pattern::parse(address.empty() ? regex : address);
    if (!pattern.ok()) return fault(where, "regex: " + pattern.error().text);
    out_.conditions_.push_back({negated, std::move(*variable), std::move(*pattern), where});
  }

  ConditionalLines& out_;
  const config::Params& params_;
  const char* name_;
  Stage stage_;
  size_t first_pending_ = 0;                // of out_.conditions_: those that wait for their entry
  std::vector<config::Position> pending_;  // the same, with those that have a fault
  std::vector<OpenBlock> open_;
};

ConditionalLines::ConditionalLines(const config::Params& params, const char* name, Stage stage)
    : owner_(params.owner() + ": " + name) {
  if (params.conditions(name) == config::Conditions::none)
    throw std::logic_error(owner_ + " has no conditions in its table");
  Reader(*this, params, name, stage).read();
}

ConditionalLines::ConditionalLines(ConditionalLines&& other) noexcept
    : owner_(std::move(other.owner_)),
      entries_(std::move(other.entries_)),
      conditions_(std::move(other.conditions_)),
      steps_(std::move(other.steps_)),
      doubts_(other.doubts()) {}

ConditionalLines& ConditionalLines::operator=(ConditionalLines&& other) noexcept {
  owner_ = std::move(other.owner_);
  entries_ = std::move(other.entries_);
  conditions_ = std::move(other.conditions_);
  steps_ = std::move(other.steps_);
  doubts_.store(other.doubts(), std::memory_order_relaxed);
  return *this;
}

ConditionalLines::Verdict ConditionalLines::judge(const Step& step, api::Request& request,
                                                  const http::Headers* response_fields) const {
  Verdict verdict = Verdict::holds;
  for (size_t i = step.first_condition; i < step.first_condition + step.conditions; i++) {
    const Condition& condition = conditions_[i];
    const std::string_view value = condition.variable.get(request, response_fields).value_or("");
    const config::SearchResult result = condition.pattern.search(value);
    if (result == config::SearchResult::gave_up) {
      doubts_.fetch_add(1, std::memory_order_relaxed);
      observe::log(observe::id::condition_gave_up,
                   "%s, line %d: the condition cannot be decided for %zu bytes of request %.*s", owner_.c_str(),
                   condition.where.line, value.size(), static_cast<int>(request.id().size()), request.id().data());
      verdict = Verdict::in_doubt;
    } else if ((result == config::SearchResult::found) == condition.negated) {
      return Verdict::fails;
    }
  }
  return verdict;
}

void ConditionalLines::for_each_active(api::Request& request, const http::Headers* response_fields, InDoubt in_doubt,
                                       Visitor visit) const {
  for (size_t i = 0; i < steps_.size();) {
    const Step& step = steps_[i];
    const Verdict verdict = step.conditions == 0 ? Verdict::holds : judge(step, request, response_fields);
    if (verdict == Verdict::fails || (verdict == Verdict::in_doubt && in_doubt == InDoubt::skip)) {
      i = step.next;
      continue;
    }
    i++;
    if (step.block) continue;
    const Visit visited = visit(step.entry);
    if (visited == Visit::stop || (visited == Visit::taken && step.breaks)) return;
  }
}

}  // namespace navajo::container
