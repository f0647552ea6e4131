#include "navajo/route/backend_table.h"

#include <algorithm>
#include <tuple>

namespace navajo::route {

std::string address_text(const BackendRow& row) {
  const bool is_v6 = row.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + row.host + "]" : row.host) + ":" + std::to_string(row.port);
}

BackendTable::BackendTable(std::vector<BackendRow> rows, uint64_t generation)
    : rows_(std::move(rows)), generation_(generation) {
  std::sort(rows_.begin(), rows_.end(), [](const BackendRow& a, const BackendRow& b) {
    return std::tie(a.app, a.id) < std::tie(b.app, b.id);
  });
  for (size_t i = 0; i < rows_.size(); i++) {
    by_id_.emplace(rows_[i].id, i);
    const auto [at, is_new] = apps_.try_emplace(rows_[i].app, Range{i, i});
    at->second.end = i + 1;
  }
}

std::span<const BackendRow> BackendTable::app(std::string_view name) const {
  const auto at = apps_.find(name);
  if (at == apps_.end()) return {};
  return std::span(rows_).subspan(at->second.begin, at->second.end - at->second.begin);
}

std::vector<std::string_view> BackendTable::apps() const {
  std::vector<std::string_view> out;
  for (const auto& [name, range] : apps_) out.push_back(name);
  std::sort(out.begin(), out.end());
  return out;
}

const BackendRow* BackendTable::find(std::string_view id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : &rows_[at->second];
}

}  // namespace navajo::route
