// Context allowedMethods: "ALL-HTTP REPORT -TRACE". Parent, while the configuration is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::config {

// Groups spelled out, exclusions taken away, in the order given, each once, and never TRACE. Fails for what
// is no method or group; methods are case-sensitive (RFC 9110 section 9.1).
base::Result<std::vector<std::string>> parse_method_list(std::string_view text);

}  // namespace navajo::config
