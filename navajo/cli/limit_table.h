// Limits as `navajo limit show` prints them: what was decided, then a table of rates and one of credits. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "navajo/admin/line.h"

namespace navajo::cli {

class LimitTable {
 public:
  explicit LimitTable(int64_t now) : now_(now) {}  // seconds since 1970

  // A line of the answer.
  void add(const admin::Line& line);
  std::string text() const;

 private:
  using Row = std::vector<std::string>;
  int64_t now_;
  std::string counters_, counts_;
  std::vector<Row> rates_, credits_;
};

}  // namespace navajo::cli
