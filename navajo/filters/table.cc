#include "navajo/filters/table.h"

#include "navajo/filters/header_delegation/header_delegation_filter.h"

namespace navajo::filters {

void add_to(container::Catalogue& catalogue) {
  catalogue.add(header_delegation_rows());
}

}  // namespace navajo::filters
