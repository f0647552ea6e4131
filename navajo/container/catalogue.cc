#include "navajo/container/catalogue.h"

#include <algorithm>

namespace navajo::container {
namespace {

template <class Row>
const Row* find(const std::vector<Row>& rows, std::string_view class_name) {
  for (const Row& row : rows)
    if (class_name == row.name || std::any_of(row.aliases.begin(), row.aliases.end(), [&](const char* alias) {
          return same_class(class_name, alias);
        }))
      return &row;
  return nullptr;
}

}  // namespace

bool same_class(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (a[0] != b[0]) return false;
    const bool colon = a[0] == ':';
    a.remove_prefix(colon && a.substr(0, 2) == "::" ? 2 : 1);
    b.remove_prefix(colon && b.substr(0, 2) == "::" ? 2 : 1);
  }
  return a.empty() && b.empty();
}

const ServletRow* Catalogue::servlet(std::string_view class_name) const { return find(servlets_, class_name); }
const FilterRow* Catalogue::filter(std::string_view class_name) const { return find(filters_, class_name); }

}  // namespace navajo::container
