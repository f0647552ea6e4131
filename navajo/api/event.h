// What happened to a request besides its status: two letters and two digits ("SC01", "GW02"), in field Event of its
// NavajoOp line and in the variable Event of the access log. Several are joined by commas, each once.
// Facts: nevisproxy-filters-ops.md 6.5 (AU authentication, AS step-up, GW gateway, SC session, LU Lua, MS ModSecurity,
// QS QosFilter).
#pragma once

#include <memory_resource>
#include <string>

#include "navajo/api/request.h"

namespace navajo::api {

inline constexpr char kEventAttribute[] = "navajo.Event";

inline void note_event(Request& request, std::string_view code) {
  const auto before = request.attribute(kEventAttribute);
  if (!before || before->empty()) return request.set_attribute(kEventAttribute, code);
  if (before->find(code) != std::string_view::npos) return;
  std::pmr::string both(*before, &request.memory());
  both += ',';
  both += code;
  request.set_attribute(kEventAttribute, both);
}

}  // namespace navajo::api
