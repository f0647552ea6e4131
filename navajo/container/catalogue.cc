#include "navajo/container/catalogue.h"

#include <algorithm>

namespace navajo::container {
namespace {

template <class Row>
const Row* find(const std::vector<Row>& rows, std::string_view class_name) {
  for (const Row& row : rows)
    if (class_name == row.name ||
        std::any_of(row.aliases.begin(), row.aliases.end(), [&](const char* alias) { return class_name == alias; }))
      return &row;
  return nullptr;
}

}  // namespace

const ServletRow* Catalogue::servlet(std::string_view class_name) const { return find(servlets_, class_name); }
const FilterRow* Catalogue::filter(std::string_view class_name) const { return find(filters_, class_name); }

}  // namespace navajo::container
