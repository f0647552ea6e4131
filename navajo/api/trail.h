// What elements of the chain note for `navajo why`, should the request be remembered: backends that were tried in vain,
// and rules that fired. Attributes of the request, bounded; nothing is made of them where nothing happened.
#pragma once

#include <memory_resource>
#include <string>

#include "navajo/api/request.h"

namespace navajo::api {

inline constexpr std::string_view kTriedAttribute = "navajo.Tried";  // "10.0.0.1:80 connect_refused, ..."
inline constexpr std::string_view kRulesAttribute = "navajo.Rules";  // "sqli refused, bots shadow"
inline constexpr size_t kLongestTrail = 240;

inline void note_trail(Request& request, std::string_view attribute, std::string_view what, std::string_view how) {
  const std::string_view before = request.attribute(attribute).value_or("");
  if (before.size() + what.size() + how.size() + 3 > kLongestTrail) return;
  std::pmr::string both(before, &request.memory());
  if (!both.empty()) both += ", ";
  both += what;
  both += ' ';
  both += how;
  request.set_attribute(attribute, both);
}

}  // namespace navajo::api
