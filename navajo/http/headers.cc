#include "navajo/http/headers.h"

#include <strings.h>

#include <algorithm>

namespace navajo::http {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
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
