#include "navajo/http/parameters.h"

#include "navajo/http/form.h"

namespace navajo::http {

bool Parameters::add(std::string_view encoded) {
  FormWalker walk(encoded, *all_.get_allocator().resource());
  while (const auto field = walk.next()) {
    if (all_.size() == kMost) return false;
    all_.push_back({field->name, field->value});
  }
  return true;
}

std::optional<std::string_view> Parameters::get(std::string_view name) const {
  for (const Parameter& parameter : all_)
    if (parameter.name == name) return parameter.value;
  return std::nullopt;
}

}  // namespace navajo::http
