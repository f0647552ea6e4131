#include "navajo/cli/explanations.h"

#include <algorithm>
#include <string>

#include "navajo/config/text.h"

namespace navajo::cli {
namespace {

// Made by the build from the reference.
constexpr std::string_view kReference =
#include "navajo/cli/explanations.inc"
    ;

constexpr std::string_view kHeading = "\n## ";

std::vector<Explanation> read() {
  std::vector<Explanation> out;
  for (size_t at = kReference.find(kHeading); at != std::string_view::npos;) {
    const size_t start = at + kHeading.size();
    const size_t line = std::min(kReference.find('\n', start), kReference.size());
    at = kReference.find(kHeading, line);
    const std::string_view head = kReference.substr(start, line - start);
    const size_t blank = std::min(head.find(' '), head.size());
    out.push_back({head.substr(0, blank), config::trim(head.substr(blank)),
                   config::trim(kReference.substr(line, at == std::string_view::npos ? at : at - line))});
  }
  return out;
}

}  // namespace

const std::vector<Explanation>& explanations() {
  static const std::vector<Explanation> all = read();
  return all;
}

const Explanation* find_explanation(std::string_view asked) {
  std::string id(config::trim(asked));
  std::replace(id.begin(), id.end(), ',', '-');
  if (id.size() == 4 && std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; }))
    id.insert(0, "NVJ");
  for (const Explanation& entry : explanations())
    if (config::same_word(entry.id, id) || config::same_word(entry.title, id)) return &entry;
  return nullptr;
}

}  // namespace navajo::cli
