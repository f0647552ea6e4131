// What `navajo explain` knows: docs/reference/log-ids.md as it was when this was built, entry by entry. An entry begins
// with "## ID title"; what follows is its text.
#pragma once

#include <string_view>
#include <vector>

namespace navajo::cli {

struct Explanation {
  std::string_view id;     // "NVJ1203", "NVCT-0048", "GW01"
  std::string_view title;  // "backend_unresolved"
  std::string_view text;
};

const std::vector<Explanation>& explanations();
// By id, by number alone ("1203"), by title, in any case; "NVCT,0048" is NVCT-0048. Null: there is none.
const Explanation* find_explanation(std::string_view asked);

}  // namespace navajo::cli
