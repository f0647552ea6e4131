// The generation a process works with: taken by every request on any thread, replaced once per reload by one thread at
// a time.
#pragma once

#include "navajo/base/current_value.h"
#include "navajo/rules/rule_store.h"

namespace navajo::rules {

using CurrentGeneration = base::CurrentValue<RuleGeneration>;

}  // namespace navajo::rules
