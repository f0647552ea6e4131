// Header fields of one message, in order, names compared without case (RFC 9110 section 5.1).
// Abstract: under httpd it is an apr_table, in the library and in tests a HeaderList.
// Views returned stay valid until the fields are changed. One thread.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "navajo/base/ascii.h"
#include "navajo/base/function_ref.h"

namespace navajo::http {

class Headers {
 public:
  virtual ~Headers() = default;
  // The first field of that name.
  virtual std::optional<std::string_view> get(std::string_view name) const = 0;
  // Replaces every field of that name.
  virtual void set(std::string_view name, std::string_view value) = 0;
  virtual void add(std::string_view name, std::string_view value) = 0;
  virtual void remove(std::string_view name) = 0;
  // Until the visitor answers false. The visitor must not change the fields.
  using Visitor = base::FunctionRef<bool(std::string_view name, std::string_view value)>;
  virtual void for_each(Visitor visit) const = 0;
};

inline bool same_name(std::string_view a, std::string_view b) { return base::same_ignoring_case(a, b); }

// Removes every field whose name the predicate holds for. The memory is for the names, until it returns.
void remove_fields(Headers& fields, base::FunctionRef<bool(std::string_view name)> which,
                   std::pmr::memory_resource& memory);

class HeaderList final : public Headers {
 public:
  std::optional<std::string_view> get(std::string_view name) const override;
  void set(std::string_view name, std::string_view value) override;
  void add(std::string_view name, std::string_view value) override;
  void remove(std::string_view name) override;
  void for_each(Visitor visit) const override;
  size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace navajo::http
