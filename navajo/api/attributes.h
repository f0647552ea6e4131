// Texts by name, copied with their names into a request's memory: Request::attribute() for whoever implements Request,
// and the like. There are few of them, so they are searched one by one. One fiber or thread.
#pragma once

#include <cstring>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

namespace navajo::api {

class Attributes {
 public:
  explicit Attributes(std::pmr::memory_resource& memory) : rows_(&memory) {}

  std::optional<std::string_view> get(std::string_view name) const {
    for (const Row& row : rows_)
      if (row.name == name) return row.value;
    return std::nullopt;
  }
  // In the order in which they were first set.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Row& row : rows_) visit(row.name, row.value);
  }
  void set(std::string_view name, std::string_view value) {
    const std::string_view kept = copy(value);
    for (Row& row : rows_) {
      if (row.name != name) continue;
      row.value = kept;
      return;
    }
    rows_.push_back({copy(name), kept});
  }

 private:
  struct Row {
    std::string_view name, value;
  };
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* bytes = static_cast<char*>(rows_.get_allocator().resource()->allocate(text.size(), 1));
    memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }
  std::pmr::vector<Row> rows_;
};

}  // namespace navajo::api
