// The keys under which a rule's rates and credits count somebody whom a person names: "192.0.2.1", or one word for each
// part of the key. The same bytes as filters/rule makes of a request (Acting::key_of). Values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/limits/key.h"
#include "navajo/rules/program.h"

namespace navajo::admin {

// A part that a request does not have is "-". The error says what the rule's keys are made of.
base::Result<std::vector<limits::Key>> limit_keys(const rules::ProgramRule& rule, const limits::KeySecret& secret,
                                                  std::string_view text);

}  // namespace navajo::admin
