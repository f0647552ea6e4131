// What a backend says of itself, as a row of routing.db: edgeProxy's fields and defaults, and more columns of the table
// that are a backend's to say. Values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/config/pattern.h"
#include "navajo/route/backend_row.h"

namespace navajo::servlets {

struct RegistrationRules {
  std::vector<config::Network> addresses;  // a backend stands in one of them
  std::vector<std::string> apps;           // empty: any
};

struct RegistrationFault {
  std::string field;  // empty: of the whole body
  std::string text;   // "'0' is no port (1 to 65535)"
  bool forbidden = false;  // right, but not allowed
};

base::Result<route::BackendRow, RegistrationFault> read_registration(std::string_view body,
                                                                     const RegistrationRules& rules);

}  // namespace navajo::servlets
