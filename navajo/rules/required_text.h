// What has to stand in every text that a pattern finds something in: found by reading the pattern, carefully. What is
// not understood requires nothing. Used while rules are compiled.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace navajo::rules {

struct RequiredText {
  std::string anywhere;   // the longest of them; compared without regard to ASCII case
  std::string beginning;  // the subject begins with it, but for case; empty: the pattern is not tied to the beginning
};

// One for each alternative at the top of a PCRE2 pattern (`a|b`): some of them has to be there. None: there is at least
// one alternative that requires nothing.
std::optional<std::vector<RequiredText>> required_texts(std::string_view pattern);

// The pieces between the wildcards of a glob: in a path they end at slashes, too.
std::vector<std::string_view> glob_pieces(std::string_view glob, std::string_view separators);

}  // namespace navajo::rules
