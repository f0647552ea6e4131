#include "navajo/cli/answer_rows.h"

#include <algorithm>
#include <cstdlib>

#include "navajo/config/text.h"

namespace navajo::cli {

std::string shown_field(const admin::Line& line, const char* name, const char* otherwise) {
  const std::string* value = line.field(name);
  return value && !value->empty() ? config::printable(*value) : otherwise;
}

uint64_t number_field(const admin::Line& line, const char* name) {
  const std::string* value = line.field(name);
  return value ? strtoull(value->c_str(), nullptr, 10) : 0;
}

std::string aligned_rows(const TextRows& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); i++) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], row[i].size());
    }
  std::string out;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); i++) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - row[i].size() + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace navajo::cli
