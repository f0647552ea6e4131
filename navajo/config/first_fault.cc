#include "navajo/config/first_fault.h"

#include <algorithm>
#include <charconv>

#include "navajo/config/text.h"
#include "navajo/observe/log.h"

namespace navajo::config {
namespace {

constexpr size_t kLongestFault = 500;

// A notice is said as a fault is.
bool is_fault(unsigned number) {
  switch (number) {
#define NVJ_LOG(number, level, name) \
  case number:                       \
    return observe::Level::level <= observe::Level::error;
#include "navajo/observe/log_ids.def"
#undef NVJ_LOG
    default:
      return false;
  }
}

// The line without what httpd has put before it, up to the path our faults begin with; empty: it has none.
std::string_view fault_in(std::string_view line) {
  constexpr std::string_view mark = ": NVJ";
  const size_t at = line.find(mark);
  unsigned number = 0;
  if (at == std::string_view::npos) return {};
  std::from_chars(line.data() + at + mark.size(), line.data() + line.size(), number);
  if (!is_fault(number)) return {};
  const size_t path = line.rfind(": /", at);
  return path == std::string_view::npos || path == at ? line : line.substr(path + 2);
}

}  // namespace

std::string first_fault(std::string_view said) {
  std::string first;
  while (!said.empty()) {
    const size_t end = std::min(said.find('\n'), said.size());
    const std::string_view line = trim(said.substr(0, end));
    said.remove_prefix(std::min(end + 1, said.size()));
    if (const auto fault = fault_in(line); !fault.empty()) return std::string(fault.substr(0, kLongestFault));
    if (first.empty())
      first = line;
    else if (first.ends_with(':'))
      first.append(" ").append(line);
  }
  return first.substr(0, kLongestFault);
}

}  // namespace navajo::config
