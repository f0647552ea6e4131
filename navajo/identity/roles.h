// Roles as one text, as other modules and services hand them over: "clerk,admin". Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::identity {

inline constexpr size_t kMostRoles = 1000;

// The parts between separators, without blanks around them; empty ones are skipped. Failed: more than kMostRoles, or a
// role with a comma or a control character, which would be read as another one where roles are joined
// (api::kRolesAttribute). Nothing is left out silently: a role that forbids must not get lost.
base::Result<std::vector<std::string>> split_roles(std::string_view text, char separator);

// The separator a parameter names: one visible character, or the words "comma", "semicolon", "space", "tab".
base::Result<char> parse_separator(std::string_view text);

}  // namespace navajo::identity
