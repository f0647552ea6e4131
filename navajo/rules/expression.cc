#include "navajo/rules/expression.h"

#include <algorithm>
#include <optional>

#include "navajo/config/text.h"

namespace navajo::rules {
namespace {

using config::printable;

base::Failed<TextFault> failed(std::string text, size_t at) { return base::Failed{TextFault{std::move(text), at}}; }

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_word_character(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-'; }

class Parser {
 public:
  Parser(std::string_view text, const Names& names, PlaceOf place) : text_(text), names_(names), place_(place) {}

  base::Result<Condition, TextFault> parse() {
    skip_space();
    if (at_end()) return failed("expected a condition, like path(\"/a/**\") or always", at_);
    base::Result<Condition, TextFault> out = alternatives(0);
    if (!out.ok()) return out;
    if (!at_end()) return failed("expected 'and', 'or' or the end, not " + here(), at_);
    if (depth_of(*out) > kMaxConditionDepth) return too_deep(0);
    if (size_of(*out) > kMaxConditionSize) return too_large(0);
    return out;
  }

 private:
  using Parsed = base::Result<Condition, TextFault>;
  struct Argument {
    std::string text;
    size_t at = 0;
  };

  static base::Failed<TextFault> too_deep(size_t at) {
    return failed("is nested deeper than " + std::to_string(kMaxConditionDepth), at);
  }
  static base::Failed<TextFault> too_large(size_t at) {
    return failed("has more than " + std::to_string(kMaxConditionSize) + " parts, with its macros", at);
  }

  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  void skip_space() {
    while (!at_end() && is_space(text_[at_])) at_++;
  }
  // What stands there, for a message.
  std::string here() const {
    if (at_end()) return "the end";
    size_t end = at_;
    while (end < text_.size() && is_word_character(text_[end])) end++;
    return "'" + printable(text_.substr(at_, std::max<size_t>(end - at_, 1))) + "'";
  }
  std::string_view word_here() const {
    size_t end = at_;
    while (end < text_.size() && is_word_character(text_[end])) end++;
    return text_.substr(at_, end - at_);
  }
  bool take_word(std::string_view word) {
    if (!config::same_word(word_here(), word)) return false;
    at_ += word.size();
    skip_space();
    return true;
  }

  Parsed alternatives(size_t depth) {
    std::vector<Condition> operands;
    do {
      Parsed operand = conjunction(depth);
      if (!operand.ok()) return operand;
      operands.push_back(std::move(*operand));
    } while (take_word("or"));
    return any_of(std::move(operands));
  }

  Parsed conjunction(size_t depth) {
    std::vector<Condition> operands;
    do {
      Parsed operand = single(depth);
      if (!operand.ok()) return operand;
      operands.push_back(std::move(*operand));
    } while (take_word("and"));
    return all_of(std::move(operands));
  }

  Parsed single(size_t depth) {
    if (depth >= kMaxConditionDepth) return too_deep(at_);
    const size_t start = at_;
    if (take_word("not")) {
      Parsed operand = single(depth + 1);
      if (!operand.ok()) return operand;
      Condition out = not_of(std::move(*operand));
      out.where = place_(start);
      return out;
    }
    if (peek() == '(') return group(depth);
    if (take_word("always")) {
      Condition out;
      out.where = place_(start);
      return out;
    }
    return test();
  }

  Parsed group(size_t depth) {
    const size_t open = at_++;
    skip_space();
    Parsed inside = alternatives(depth + 1);
    if (!inside.ok()) return inside;
    if (peek() != ')')
      return failed("expected ')' for the '(' at character " + std::to_string(open + 1) + ", not " + here(), at_);
    at_++;
    skip_space();
    return inside;
  }

  Parsed test() {
    const size_t start = at_;
    const std::string_view word = word_here();
    if (word.empty()) return failed("expected a condition, not " + here(), at_);
    const bool is_macro = config::same_word(word, "macro");
    const FieldRow* const row = is_macro ? nullptr : find_field(config::lower_case(word));
    if (!row && !is_macro) return unknown_word(word);
    at_ += word.size();
    skip_space();
    if (peek() != '(') return failed("expected '(' behind '" + std::string(word) + "', not " + here(), at_);
    at_++;
    base::Result<std::vector<Argument>, TextFault> arguments = take_arguments();
    if (!arguments.ok()) return base::Failed{arguments.error()};
    skip_space();
    Parsed out = is_macro ? macro(*arguments, start) : tests(*row, *arguments, start);
    if (out.ok()) out->where = place_(start);
    return out;
  }

  Parsed unknown_word(std::string_view word) const {
    std::vector<std::string_view> known{"always", "macro", "not"};
    for (const FieldRow& row : kFields) known.push_back(row.word);
    return failed("'" + printable(word) + "' is not known" + config::did_you_mean(word, known), at_);
  }

  Parsed tests(const FieldRow& row, const std::vector<Argument>& arguments, size_t start) const {
    if (arguments.empty()) {
      Parsed out = without_argument(row);
      return out.ok() ? std::move(out) : failed(out.error().text, start);
    }
    std::vector<Condition> operands;
    for (const Argument& argument : arguments) {
      Parsed operand = parse_argument(row, argument.text, names_);
      if (!operand.ok()) return failed(operand.error().text, argument.at + operand.error().at);
      operand->where = place_(argument.at);
      operands.push_back(std::move(*operand));
    }
    return any_of(std::move(operands));
  }

  Parsed macro(const std::vector<Argument>& arguments, size_t start) const {
    if (arguments.size() != 1) return failed("macro takes one name", start);
    const std::string& name = arguments[0].text;
    std::vector<std::string_view> known;
    if (names_.macros) {
      if (const auto found = names_.macros->find(name); found != names_.macros->end()) {
        found->second.used = true;
        if (size_of(found->second.when) + text_.size() > 2 * kMaxConditionSize) return too_large(start);
        return found->second.when;
      }
      for (const auto& [other, ignored] : *names_.macros) known.push_back(other);
    }
    return failed("there is no macro '" + printable(name) + "'" + config::did_you_mean(name, known),
                  arguments[0].at);
  }

  // Behind the opening parenthesis, up to behind the closing one.
  base::Result<std::vector<Argument>, TextFault> take_arguments() {
    const size_t open = at_ - 1;
    std::vector<Argument> out;
    skip_space();
    if (peek() == ')') {
      at_++;
      return out;
    }
    for (;;) {
      skip_space();
      base::Result<Argument, TextFault> argument =
          peek() == '"' || peek() == '\'' ? take_quoted() : take_bare();
      if (!argument.ok()) return base::Failed{argument.error()};
      out.push_back(std::move(*argument));
      skip_space();
      if (peek() == ')') {
        at_++;
        return out;
      }
      if (peek() != ',')
        return failed(at_end() ? "the '(' at character " + std::to_string(open + 1) + " is not closed"
                               : "expected ',' or ')', not " + here() + "; a text with such characters needs quotes",
                      at_);
      at_++;
    }
  }

  base::Result<Argument, TextFault> take_quoted() {
    const size_t open = at_;
    const char quote = text_[at_++];
    Argument out{"", at_};
    while (!at_end()) {
      const char c = text_[at_++];
      if (c != quote) {
        out.text += c;
      } else if (peek() == quote) {
        out.text += c;
        at_++;
      } else {
        return out;
      }
    }
    return failed("the quote is not closed", open);
  }

  base::Result<Argument, TextFault> take_bare() {
    const size_t start = at_;
    while (!at_end() && std::string_view(",()\"'").find(text_[at_]) == std::string_view::npos) at_++;
    const std::string_view text = config::trim(text_.substr(start, at_ - start));
    if (text.empty()) return failed("expected an argument, not " + here(), start);
    return Argument{std::string(text), start};
  }

  std::string_view text_;
  const Names& names_;
  PlaceOf place_;
  size_t at_ = 0;
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

enum class Level : uint8_t { any, all, single };  // what may stand there without parentheses

void append(const Condition& condition, std::span<const ValueList> lists, Level level, std::string& out);

bool is_alternative(const Condition& condition, Field field) {
  return condition.op == Condition::Op::test && condition.field == field &&
         condition.matcher.kind != MatchKind::exists;
}

// One call has them all.
bool is_one_call(const Condition& any) {
  return std::all_of(any.operands.begin(), any.operands.end(),
                     [&](const Condition& operand) { return is_alternative(operand, any.operands[0].field); });
}

// Tests of one field in a row are alternatives of one call.
void append_alternatives(const Condition& any, std::span<const ValueList> lists, std::string& out) {
  for (size_t i = 0; i < any.operands.size(); i++) {
    const Condition& operand = any.operands[i];
    if (i > 0) out += " or ";
    append(operand, lists, Level::all, out);
    if (!is_alternative(operand, operand.field)) continue;
    while (i + 1 < any.operands.size() && is_alternative(any.operands[i + 1], operand.field)) {
      out.pop_back();
      out += ", " + quoted(argument_text(any.operands[++i], lists)) + ")";
    }
  }
}

void append(const Condition& condition, std::span<const ValueList> lists, Level level, std::string& out) {
  switch (condition.op) {
    case Condition::Op::always: out += "always"; return;
    case Condition::Op::test: {
      const bool bare = condition.matcher.kind == MatchKind::exists && condition.name.empty();
      out += std::string(row_of(condition.field).word) + "(" +
             (bare ? "" : quoted(argument_text(condition, lists))) + ")";
      return;
    }
    case Condition::Op::negation:
      out += "not ";
      append(condition.operands[0], lists, Level::single, out);
      return;
    case Condition::Op::all:
    case Condition::Op::any: {
      const bool any = condition.op == Condition::Op::any;
      const bool closed = any ? level != Level::any && !is_one_call(condition) : level == Level::single;
      if (closed) out += "(";
      if (any) {
        append_alternatives(condition, lists, out);
      } else {
        for (size_t i = 0; i < condition.operands.size(); i++) {
          if (i > 0) out += " and ";
          append(condition.operands[i], lists, Level::single, out);
        }
      }
      if (closed) out += ")";
    }
  }
}

}  // namespace

base::Result<Condition, TextFault> parse_expression(std::string_view text, const Names& names, PlaceOf place) {
  return Parser(text, names, place).parse();
}

base::Result<Condition, TextFault> parse_expression(std::string_view text, const Names& names) {
  return parse_expression(text, names, [](size_t) { return config::Position(); });
}

std::string to_expression(const Condition& condition, std::span<const ValueList> lists) {
  std::string out;
  append(condition, lists, Level::any, out);
  return out;
}

}  // namespace navajo::rules
