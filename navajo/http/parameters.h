// The parameters of a request, query first, then those of a form body, in their order (http/form.h says how they are
// decoded). A name may come several times: get() answers the first, as Servlet 2.3 has it; all() has the others.
// Filled by one fiber or thread; the texts that were added have to live as long.
#pragma once

#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

namespace navajo::http {

struct Parameter {
  std::string_view name, value;
};

class Parameters {
 public:
  static constexpr size_t kMost = 1000;

  explicit Parameters(std::pmr::memory_resource& memory) : all_(&memory) {}
  // False: there would be more than kMost. Those of before stay.
  [[nodiscard]] bool add(std::string_view encoded);
  std::optional<std::string_view> get(std::string_view name) const;
  const std::pmr::vector<Parameter>& all() const { return all_; }

 private:
  std::pmr::vector<Parameter> all_;
};

}  // namespace navajo::http
