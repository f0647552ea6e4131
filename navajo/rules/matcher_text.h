// What one test says, as text: the argument of a word in an expression, and the attributes of an element of rules.xml.
// One syntax for all fields (docs/reference/rules.md):
//   text     glob, :glob, =exact, ~regex, @list; with % before it without regard to case. A glob without a wildcard is
//            exact. Nothing: there is a value.
//   named    a name before that: "X-Api", "X-Api:v*", "X-Api=v1", "X-Api~^v1", "X-Api@versions"; in it \ takes the next
//            character as it is
//   number   443, 8000-8999, >1M, >=, <, <=; sizes with K, M, G, duration with ms, s
//   address  10.0.0.0/8, 192.0.2.7, @list
//   time     Mon-Fri 08:00-18:00 Europe/Zurich
// Called while rules are read, by one thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules {

// What is wrong, and at which byte of the text.
struct TextFault {
  std::string text;
  size_t at = 0;
};

struct Macro {
  Condition when;
  config::Position where;
  mutable bool used = false;
};

// What conditions can refer to.
struct Names {
  std::span<const ValueList> lists;
  const std::map<std::string, Macro, std::less<>>* macros = nullptr;
};

// A test: its field, name and matcher. Empty and not quoted: exists.
base::Result<Condition, TextFault> parse_argument(const FieldRow& row, std::string_view text, const Names& names);
// exists.
base::Result<Condition, TextFault> without_argument(const FieldRow& row);

// The parts of it: of the kind given. Brings texts into the form in which they are compared (host in lower case, method
// in upper case), and checks them: patterns compile, networks and windows are some.
base::Result<Matcher, TextFault> make_matcher(const FieldRow& row, MatchKind kind, std::string_view text,
                                              bool ignore_case, const Names& names);
base::Result<std::string, TextFault> make_name(const FieldRow& row, std::string_view name);

// parse_argument's inverse; no argument at all where it is empty and the matcher exists.
std::string argument_text(const Condition& test, std::span<const ValueList> lists);

// Whether a glob of that field is more than a text.
bool has_wildcard(Field field, std::string_view text);
// The facts of TLS.
std::span<const std::string_view> tls_facts();

}  // namespace navajo::rules
