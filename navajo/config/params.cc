#include "navajo/config/params.h"

#include <algorithm>
#include <stdexcept>

#include "navajo/config/text.h"

namespace navajo::config {
namespace {

const char* unit_words(ParamType type) {
  switch (type) {
    case ParamType::bytes: return "a number of bytes (or with K, M, G)";
    case ParamType::milliseconds: return "a time in milliseconds (or with ms, s, m, h)";
    case ParamType::seconds: return "a time in seconds (or with s, m, h)";
    default: return "a number";
  }
}

// Digits at the start of text; the rest is left in text. False: none, or too many.
bool take_number(std::string_view& text, int64_t& number) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text[0] < '0' || text[0] > '9') return false;
  number = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, text[0] - '0', &number))
      return false;
    text.remove_prefix(1);
  }
  if (negative) number = -number;
  return true;
}

struct Unit {
  ParamType type;
  const char* name;
  int64_t factor;
};

constexpr Unit kUnits[] = {
    {ParamType::bytes, "G", 1 << 30},
    {ParamType::bytes, "M", 1 << 20},
    {ParamType::bytes, "K", 1 << 10},
    {ParamType::milliseconds, "h", 3'600'000},
    {ParamType::milliseconds, "m", 60'000},
    {ParamType::milliseconds, "s", 1000},
    {ParamType::milliseconds, "ms", 1},
    {ParamType::seconds, "h", 3600},
    {ParamType::seconds, "m", 60},
    {ParamType::seconds, "s", 1},
};

bool apply_unit(ParamType type, std::string_view unit, int64_t& number) {
  if (unit.empty()) return true;
  for (const Unit& known : kUnits)
    if (known.type == type && same_word(known.name, unit))
      return !__builtin_mul_overflow(number, known.factor, &number);
  return false;
}

// In the largest unit that says it exactly.
std::string number_text(ParamType type, int64_t number) {
  for (const Unit& unit : kUnits)
    if (unit.type == type && number != 0 && number % unit.factor == 0)
      return std::to_string(number / unit.factor) + unit.name;
  return std::to_string(number);
}

ParsedValue parse_number(const ParamSpec& spec, std::string_view text) {
  ParsedValue out;
  for (std::string_view word : split_list(spec.choices, ','))
    if (same_word(word, text)) return out;  // "off", "auto": 0
  std::string_view rest = text;
  out.ok = take_number(rest, out.number) && apply_unit(spec.type, trim(rest), out.number);
  const std::string or_words = *spec.choices ? " or " + join(split_list(spec.choices, ','), ", ") : std::string();
  if (!out.ok) {
    out.why = "'" + printable(text) + "' is not " + unit_words(spec.type) + or_words;
  } else if (out.number < spec.minimum || out.number > spec.maximum) {
    out.ok = false;
    out.why = "'" + printable(text) + "' is out of range, allowed is " + range_text(spec) + or_words;
  }
  return out;
}

ParsedValue parse_boolean(std::string_view text) {
  for (const char* yes : {"true", "on", "yes", "1"})
    if (same_word(yes, text)) return {true, 1, ""};
  for (const char* no : {"false", "off", "no", "0"})
    if (same_word(no, text)) return {true, 0, ""};
  return {false, 0, "'" + printable(text) + "' is not true or false"};
}

ParsedValue parse_choice(const ParamSpec& spec, std::string_view text) {
  const std::vector<std::string_view> choices = split_list(spec.choices, ',');
  for (size_t i = 0; i < choices.size(); i++)
    if (choices[i] == text) return {true, static_cast<int64_t>(i), ""};
  return {false, 0, "'" + printable(text) + "' is not one of " + join(choices, ", ") + did_you_mean(text, choices)};
}

// Values end up in log lines, header fields and httpd directives: a control character has no business in them.
ParsedValue parse_text(std::string_view text, std::string_view allowed_controls) {
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < 0x20 || c == 0x7f) && allowed_controls.find(c) == std::string_view::npos)
      return {false, 0, c == '\n' ? "has to be one line" : "contains a control character"};
  return {};
}

bool is_number(ParamType type) {
  return type == ParamType::integer || type == ParamType::bytes || type == ParamType::milliseconds ||
         type == ParamType::seconds;
}

}  // namespace

std::string range_text(const ParamSpec& spec) {
  const bool below = spec.minimum != INT64_MIN, above = spec.maximum != INT64_MAX;
  if (below && above) return number_text(spec.type, spec.minimum) + " to " + number_text(spec.type, spec.maximum);
  if (below) return "at least " + number_text(spec.type, spec.minimum);
  if (above) return "at most " + number_text(spec.type, spec.maximum);
  return "any";
}

ParsedValue parse_value(const ParamSpec& spec, std::string_view text) {
  text = trim(text);
  if (is_number(spec.type)) return parse_number(spec, text);
  switch (spec.type) {
    case ParamType::boolean: return parse_boolean(text);
    case ParamType::choice: return parse_choice(spec, text);
    case ParamType::lines: return parse_text(text, "\n\r\t");
    default: return parse_text(text, "\t");
  }
}

Params::Params(std::string owner, Position where, std::span<const ParamSpec> specs,
               std::map<std::string, ParamValue, std::less<>> values, Diagnostics& faults, UnknownNames unknown,
               const char* noun)
    : owner_(std::move(owner)), noun_(noun), where_(std::move(where)), faults_(&faults) {
  std::vector<std::string_view> names;
  for (const ParamSpec& spec : specs) {
    names.push_back(spec.name);
    Value& value = values_[spec.name];
    value.text = trim(spec.default_value);
    value.conditions = spec.conditions;
    if (*spec.default_value) {
      const ParsedValue parsed = parse_value(spec, value.text);
      if (!parsed.ok) throw std::logic_error("default of " + std::string(spec.name) + ": " + parsed.why);
      value.number = parsed.number;
    }
    const auto given = values.find(spec.name);
    if (given == values.end()) {
      if (spec.required)
        faults.fault(where_, observe::id::config_missing_param,
                     owner_ + " needs the " + noun_ + " '" + spec.name + "'");
      continue;
    }
    const ParamValue& raw = given->second;
    const ParsedValue parsed = parse_value(spec, raw.text);
    if (spec.required && trim(raw.text).empty()) {
      faults.fault(raw.where, observe::id::config_missing_param,
                   owner_ + " needs a value for the " + noun_ + " '" + spec.name + "'");
    } else if (!parsed.ok) {
      faults.fault(first_visible(raw.text, raw.where), observe::id::config_bad_param,
                   owner_ + ": " + noun_ + " '" + spec.name + "' " + parsed.why);
    } else {
      if (*spec.deprecated)
        faults.deprecated(first_visible(raw.text, raw.where),
                          owner_ + ": " + noun_ + " '" + spec.name + "': " + spec.deprecated);
      value = {std::string(trim(raw.text)), parsed.number, true, raw, spec.conditions};
      if (spec.type == ParamType::lines && spec.conditions == Conditions::none) refuse_conditions(spec.name);
    }
  }
  for (const auto& [name, value] : values) {
    if (values_.contains(name)) continue;
    const std::string text = owner_ + " has no " + noun_ + " '" + printable(name) + "'" + did_you_mean(name, names);
    if (unknown == UnknownNames::fault)
      faults.fault(value.where, observe::id::config_unknown_param, text);
    else
      faults.notice(value.where, observe::id::config_unknown_param, text + " (ignored)");
  }
}

const Params::Value& Params::value(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end())
    throw std::logic_error(owner_ + " asks for '" + std::string(name) + "', which is not in its table");
  return found->second;
}

// A condition that nobody looks at would leave an entry standing that was meant for few.
void Params::refuse_conditions(std::string_view name) const {
  for (const ParamLine& line : positioned_lines(name))
    for (const std::string_view word : {"Condition:", "!Condition:", "Pragma:"})
      if (std::string_view(line.text).substr(0, word.size()) == word)
        fault(line.where, std::string(name) + " takes no conditions and no pragmas");
}

bool Params::has(std::string_view name) const { return value(name).given; }
const std::string& Params::text(std::string_view name) const { return value(name).text; }
bool Params::boolean(std::string_view name) const { return value(name).number != 0; }
int64_t Params::integer(std::string_view name) const { return value(name).number; }
uint64_t Params::bytes(std::string_view name) const { return static_cast<uint64_t>(value(name).number); }

Conditions Params::conditions(std::string_view name) const { return value(name).conditions; }

std::chrono::milliseconds Params::milliseconds(std::string_view name) const {
  return std::chrono::milliseconds(value(name).number);
}

std::chrono::seconds Params::seconds(std::string_view name) const {
  return std::chrono::seconds(value(name).number);
}

std::vector<ParamLine> Params::positioned_lines(std::string_view name) const {
  const Value& from = value(name);
  std::string_view rest = from.given ? std::string_view(from.raw.text) : std::string_view(from.text);
  Position where = from.given ? from.raw.where : where_;
  std::vector<ParamLine> out;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    const std::string_view text = trim(line);
    if (!text.empty()) {
      Position at = where;
      if (from.given && at.line > 0) at.column += static_cast<int>(text.data() - line.data());
      out.push_back({std::string(text), at});
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (from.given && where.line > 0) {
      where.line++;
      where.column = 1;
    }
  }
  return out;
}

std::vector<std::string> Params::lines(std::string_view name) const {
  std::vector<std::string> out;
  for (ParamLine& line : positioned_lines(name)) out.push_back(std::move(line.text));
  return out;
}

std::vector<std::string> Params::names(std::string_view prefix) const {
  std::vector<std::string> out;
  for (const auto& [name, value] : values_)
    if (name.starts_with(prefix)) out.push_back(name);
  return out;
}

Position Params::where(std::string_view name) const {
  const Value& found = value(name);
  return found.given ? first_visible(found.raw.text, found.raw.where) : where_;
}

void Params::fault(std::string_view name, std::string text) const {
  faults_->fault(where(name), observe::id::config_bad_param,
                 owner_ + ": " + noun_ + " '" + std::string(name) + "' " + text);
}

void Params::fault(const Position& where, std::string text) const {
  faults_->fault(where, observe::id::config_bad_param, owner_ + ": " + text);
}

void Params::notice(const Position& where, observe::LogId id, std::string text) const {
  faults_->notice(where, id, owner_ + ": " + std::move(text));
}

}  // namespace navajo::config
