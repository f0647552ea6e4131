// Answers of the admin socket for a terminal: sessions as a table, attributes below their session, the numbers of a
// store in one line. Nothing a user has chosen reaches the terminal as control characters. Values only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "navajo/admin/line.h"

namespace navajo::cli {

// Sizes its columns by the first kLookAhead sessions; the others follow as they come, however many they are.
class SessionTable {
 public:
  static constexpr size_t kLookAhead = 200, kColumns = 7;

  // Appends to out what can be shown by now.
  void add(const admin::Line& session, std::string& out);
  void add_attribute(const admin::Line& attribute, std::string& out);
  // All that is left.
  void finish(std::string& out);

 private:
  using Row = std::array<std::string, kColumns>;
  void show(const Row& row, std::string& out);
  void begin(std::string& out);

  std::vector<Row> waiting_;
  std::array<size_t, kColumns> widths_{};
  bool begun_ = false;
};

// "sessions Sessions 12345 active, 61 % of 1.0 GB used (normal), 90 % in about 3 h"
std::string store_text(const admin::Line& store);

// "45s", "3m20s", "2h5m", "3d4h": no blanks, for columns.
std::string short_duration(int64_t seconds);
// "640 B", "1.2 KB", "1.0 GB": of 1024.
std::string size_text(uint64_t bytes);

}  // namespace navajo::cli
