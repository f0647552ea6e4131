// The compact form of conditions: host("*.example.org") and not (method(GET) or path("/public/**")). Words without
// regard to case; "not" binds before "and", "and" before "or"; several arguments are alternatives. An argument stands
// in single or double quotes (one of them inside is written twice; a backslash is nothing special) or, without
// quotes, parentheses and commas in it, bare. Syntax of arguments: rules/matcher_text.h. Called while rules are read.
#pragma once

#include <string>
#include <string_view>

#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"
#include "navajo/rules/condition.h"
#include "navajo/rules/matcher_text.h"

namespace navajo::rules {

// place: where the byte of the text stands, for Condition::where.
using PlaceOf = base::FunctionRef<config::Position(size_t at)>;
base::Result<Condition, TextFault> parse_expression(std::string_view text, const Names& names, PlaceOf place);
base::Result<Condition, TextFault> parse_expression(std::string_view text, const Names& names);

// One that parses to the same tree (macros are written out). Not for logs of requests: rules hold no secrets, but
// what they are compared with may be one.
std::string to_expression(const Condition& condition, std::span<const ValueList> lists);

}  // namespace navajo::rules
