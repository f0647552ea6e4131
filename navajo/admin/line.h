// A line of the admin protocol (docs/admin-socket.md), the same in both directions: words, then fields NAME=VALUE, one
// blank between any two. Bytes of a value that are not visible ASCII, and '%', are written as %XX. Values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::admin {

struct Line {
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> fields;  // in order, no name twice; values decoded

  const std::string* field(std::string_view name) const;  // null: not there
};

// Without its newline. Strict: what is not exactly as above is refused, and the error says what is wrong without
// repeating any of it.
inline constexpr size_t kMaxLine = 4096, kMaxWords = 8, kMaxFields = 64;
base::Result<Line> parse_line(std::string_view text);

void append_field(std::string& line, std::string_view name, std::string_view value);

}  // namespace navajo::admin
