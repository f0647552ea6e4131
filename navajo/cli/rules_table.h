// Rules as `navajo rules show` prints them: a table for each Rules element, and one of what is left of its rules'
// credits, columns as wide as needed. Values only.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "navajo/admin/line.h"

namespace navajo::cli {

class RulesTable {
 public:
  // ids: only these rules; empty: all. now: seconds since 1970.
  RulesTable(std::set<std::string> ids, int64_t now) : wanted_(ids), missing_(std::move(ids)), now_(now) {}

  // A line of the answer: "rules" begins a table, "rule" and "credit" add to it.
  void add(const admin::Line& line);
  std::string text() const;
  bool wants(const std::string& id) const { return wanted_.empty() || wanted_.contains(id); }
  void seen(const std::string& id) { missing_.erase(id); }
  // Ids that were asked for and not found.
  const std::set<std::string>& missing() const { return missing_; }

 private:
  using Row = std::vector<std::string>;
  struct Table {
    std::string head;
    std::vector<Row> rules, credits;
  };

  std::set<std::string> wanted_, missing_;
  int64_t now_;
  std::vector<Table> tables_;
};

}  // namespace navajo::cli
