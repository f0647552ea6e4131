// Facts that are named but not compared: keys of limits ("header(X-Api)+host") and what is captured ("path").
#pragma once

#include <string_view>
#include <vector>

#include "navajo/rules/action.h"
#include "navajo/rules/matcher_text.h"

namespace navajo::rules {

base::Result<KeyPart, TextFault> parse_fact(std::string_view text);
// Facts that are known when a request's head is there, or its parameters.
base::Result<std::vector<KeyPart>, TextFault> parse_key(std::string_view text);
std::string key_text(const std::vector<KeyPart>& key);

}  // namespace navajo::rules
