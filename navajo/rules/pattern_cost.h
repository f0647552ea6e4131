// Regular expressions that can take very long on texts made for it, and ones that are none. For lint; takes up to a
// second for a pattern that is slow, microseconds for others.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "navajo/config/regex.h"

namespace navajo::rules {

// Measured on texts that repeat what the pattern repeats and end otherwise: the repeated part of the first that made
// the pattern reach its match limit, or took more than 50 ms of processor time. None: it was fast on all of them.
std::optional<std::string> slow_on(std::string_view pattern, config::RegexOptions options);

// What says the same without a regular expression, "=text" or ":glob" as arguments have it. Only where it does: no
// meaning of a newline, of case or of slashes is changed. path_glob: in the field's globs * ends at a slash.
std::optional<std::string> plain_form(std::string_view pattern, bool path_glob);

}  // namespace navajo::rules
