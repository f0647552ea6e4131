// Globs as rules have them, without a regular expression. In path and target they mean what config::Pattern's GLOB
// means; elsewhere * is any run of characters and ? any one. Translated to tokens while rules are compiled; matching
// takes no memory, and its steps are limited: with several stars they can be as many as the square of a subject.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "navajo/config/regex.h"

namespace navajo::rules {

enum class GlobKind : uint8_t { plain, path };

bool has_wildcard(std::string_view glob, GlobKind kind);
// None: it has a class or an escaped slash, which is left to a regular expression (config::glob_expression()).
std::optional<std::string> glob_tokens(std::string_view glob, GlobKind kind, bool ignore_case);
// Whether tokens of an image may be handed to match_glob().
bool are_glob_tokens(std::string_view tokens);
// Of one search; a step takes a nanosecond or two.
inline int64_t glob_steps(std::string_view subject) { return 100000 + 16 * static_cast<int64_t>(subject.size()); }
// Takes what it needs from `steps`, and gives up when there are none left.
config::SearchResult match_glob(std::string_view tokens, std::string_view subject, bool ignore_case, int64_t& steps);

}  // namespace navajo::rules
