#include "navajo/http/headers.h"

#include <algorithm>

namespace navajo::http {

void remove_fields(Headers& fields, base::FunctionRef<bool(std::string_view)> which,
                   std::pmr::memory_resource& memory) {
  std::pmr::vector<std::pmr::string> found(&memory);
  fields.for_each([&](std::string_view name, std::string_view) {
    if (which(name)) found.emplace_back(name);
    return true;
  });
  for (const std::pmr::string& name : found) fields.remove(name);
}

std::optional<std::string_view> HeaderList::get(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (same_name(key, name)) return value;
  return std::nullopt;
}

void HeaderList::set(std::string_view name, std::string_view value) {
  std::string kept(value);  // value may be a view into a field that goes now
  remove(name);
  fields_.emplace_back(name, std::move(kept));
}

void HeaderList::add(std::string_view name, std::string_view value) { fields_.emplace_back(name, value); }

void HeaderList::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
}

void HeaderList::for_each(Visitor visit) const {
  for (const auto& [key, value] : fields_)
    if (!visit(key, value)) return;
}

}  // namespace navajo::http
