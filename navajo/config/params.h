// init-params: one table per servlet or filter says name, type, unit, default, range and meaning, and
// drives parsing, checking, defaults and the reference documentation. Values are checked against the
// table before the component is made, so a typed getter cannot fail on user input.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/diagnostics.h"

namespace navajo::config {

enum class ParamType : uint8_t {
  text,          // trimmed
  lines,         // one entry per line, trimmed, empty lines dropped
  boolean,       // true/false (also on/off, yes/no, 1/0)
  integer,
  bytes,         // plain number, or with K, M, G
  milliseconds,  // plain number, or with ms, s, m, h
  seconds,       // the same, plain number means seconds
  choice,        // one of `choices`
};

// Whether the lines of a parameter may have Condition: and Pragma: lines before them (container/conditional_lines.h,
// which reads all four pragmas), and what holds where no pragma says it.
enum class Conditions : uint8_t {
  none,
  then_break,     // the first entry that is taken ends the evaluation
  then_continue,  // all entries whose conditions hold are taken
};

struct ParamSpec {
  const char* name;
  ParamType type = ParamType::text;
  bool required = false;
  const char* default_value = "";
  int64_t minimum = INT64_MIN, maximum = INT64_MAX;  // in the type's own unit
  // Comma-separated. For a number, bytes or a duration: words that may stand there instead and mean 0 ("off").
  const char* choices = "";
  const char* doc = "";                              // one or two sentences
  const char* deprecated = "";                       // not empty: what to use instead; said when a value is given
  Conditions conditions = Conditions::none;          // of lines
};

// A value as it stands in web.xml, with its white space; `where` is its first character.
struct ParamValue {
  std::string text;
  Position where;
};

// One trimmed line of a value, and where it stands.
struct ParamLine {
  std::string text;
  Position where;
};

// What a value means in its type's own unit (bytes, milliseconds, seconds, 0/1; 0 for texts), or why it means nothing.
struct ParsedValue {
  bool ok = true;
  int64_t number = 0;
  std::string why;
};
ParsedValue parse_value(const ParamSpec& spec, std::string_view text);
// "1 to 64", "at least 1", "any".
std::string range_text(const ParamSpec& spec);

enum class UnknownNames : uint8_t { fault, notice };

class Params {
 public:
  // Checks values against specs (unknown names, types, ranges, missing ones) and reports into faults.
  // A value that is refused counts as not given. A getter for a name that is not in specs throws std::logic_error.
  // `noun`: what messages call a value ("property").
  Params(std::string owner, Position where, std::span<const ParamSpec> specs,
         std::map<std::string, ParamValue, std::less<>> values, Diagnostics& faults,
         UnknownNames unknown = UnknownNames::fault, const char* noun = "init-param");

  bool has(std::string_view name) const;  // given in web.xml, not only a default
  const std::string& text(std::string_view name) const;
  std::vector<std::string> lines(std::string_view name) const;
  // The same with the position of each line, for faults of one line.
  std::vector<ParamLine> positioned_lines(std::string_view name) const;
  bool boolean(std::string_view name) const;
  int64_t integer(std::string_view name) const;
  uint64_t bytes(std::string_view name) const;
  std::chrono::milliseconds milliseconds(std::string_view name) const;
  std::chrono::seconds seconds(std::string_view name) const;

  // What the table says of it.
  Conditions conditions(std::string_view name) const;

  // For checks a table cannot express; names file and line of the value (or of the owner, if absent).
  void fault(std::string_view name, std::string text) const;
  void fault(const Position& where, std::string text) const;
  // What is no mistake and yet worth a line.
  void notice(const Position& where, observe::LogId id, std::string text) const;
  // Of the value's first visible character; of the owner, if the value is a default.
  Position where(std::string_view name) const;
  const std::string& owner() const { return owner_; }
  // The names in the table that begin so: those of "BC.Tracer.DebugProfile.", whose groups no table knows.
  std::vector<std::string> names(std::string_view prefix) const;

 private:
  struct Value {
    std::string text;  // trimmed
    int64_t number = 0;
    bool given = false;
    ParamValue raw;
    Conditions conditions = Conditions::none;
  };
  const Value& value(std::string_view name) const;
  void refuse_conditions(std::string_view name) const;
  std::string owner_;
  const char* noun_;
  Position where_;
  std::map<std::string, Value, std::less<>> values_;
  Diagnostics* faults_;  // outlives the object
};

}  // namespace navajo::config
