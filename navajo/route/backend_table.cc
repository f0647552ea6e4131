#include "navajo/route/backend_table.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace navajo::route {

std::string address_text(const BackendRow& row) {
  const bool bracket = row.host.find(':') != std::string::npos;
  return (bracket ? "[" + row.host + "]" : row.host) + ":" + std::to_string(row.port);
}

BackendTable::BackendTable(std::vector<BackendRow> rows, uint64_t generation)
    : rows_(std::move(rows)), generation_(generation) {
  if (rows_.size() > kMaxBackends) throw std::length_error("too many backends");
  for (BackendRow& row : rows_)
    if (row.table_id.empty()) row.table_id = row.id;
  std::sort(rows_.begin(), rows_.end(), [](const BackendRow& a, const BackendRow& b) {
    return std::tie(a.app, a.id) < std::tie(b.app, b.id);
  });
  by_id_.reserve(rows_.size());
  for (size_t i = 0; i < rows_.size(); i++) {
    if (!by_id_.emplace(rows_[i].id, i).second) throw std::invalid_argument("two backends have the id " + rows_[i].id);
    const auto [range, first] = apps_.try_emplace(rows_[i].app, Range{i, i});
    range->second.end = i + 1;
  }
}

std::span<const BackendRow> BackendTable::app(std::string_view name) const {
  const auto found = apps_.find(name);
  if (found == apps_.end()) return {};
  return std::span(rows_).subspan(found->second.begin, found->second.end - found->second.begin);
}

std::vector<std::string_view> BackendTable::apps() const {
  std::vector<std::string_view> out;
  for (const BackendRow& row : rows_)
    if (out.empty() || out.back() != row.app) out.push_back(row.app);
  return out;
}

const BackendRow* BackendTable::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &rows_[found->second];
}

}  // namespace navajo::route
