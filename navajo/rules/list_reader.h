// <list> elements of rules.xml: entries inside of the element and of a file, one a line, # begins a comment. While
// rules are read; one thread.
#pragma once

#include "navajo/rules/rules_element.h"

namespace navajo::rules {

// Entries that are no network, where one is expected, are faults with their line. What was read goes into `files`.
ValueList read_list(const RulesElement& element, config::FileTexts& files);

// Values of host and scheme are lower case, those of method and country upper case: so are, from here on, the entries
// of lists that are compared with them alone. A list that is compared with others as well and would need another case
// is a fault.
void fold_lists(RuleFile& file, config::Diagnostics& diagnostics);

}  // namespace navajo::rules
