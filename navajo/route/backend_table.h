// All backends at one moment, grouped by app. Immutable once made; a changed file makes another. Whoever chooses holds
// one by shared_ptr while choosing. Any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "navajo/route/backend_row.h"

namespace navajo::route {

inline constexpr size_t kMaxBackends = 4096;

class BackendTable {
 public:
  // Rows in any order, at most kMaxBackends, ids unique. generation: grows with every table of one Routing.
  BackendTable(std::vector<BackendRow> rows, uint64_t generation);
  BackendTable(const BackendTable&) = delete;

  uint64_t generation() const { return generation_; }
  // Sorted by app, then id. The index of a row is what the arrays beside a table are indexed with.
  std::span<const BackendRow> rows() const { return rows_; }
  // The rows of one app; empty: there is no such app.
  std::span<const BackendRow> app(std::string_view name) const;
  std::vector<std::string_view> apps() const;
  const BackendRow* find(std::string_view id) const;
  size_t index_of(const BackendRow& row) const { return static_cast<size_t>(&row - rows_.data()); }

 private:
  struct Range {
    size_t begin, end;
  };
  std::vector<BackendRow> rows_;
  std::unordered_map<std::string_view, Range> apps_;
  std::unordered_map<std::string_view, size_t> by_id_;
  uint64_t generation_;
};

// Where tables come from: a file that is watched, or the configuration itself (table_source.h).
class TableSource {
 public:
  virtual ~TableSource() = default;
  // Never null. No lock that anybody holds for long; any thread.
  virtual std::shared_ptr<const BackendTable> current() const = 0;
  // In every child, before and after its requests: the watching.
  virtual void start_child() = 0;
  virtual void stop_child() = 0;
  // The file; empty: there is none.
  virtual const std::string& database() const {
    static const std::string none;
    return none;
  }
};

}  // namespace navajo::route
