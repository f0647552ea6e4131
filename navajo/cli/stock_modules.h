// Which of httpd's own modules a configuration needs: a small set that is always there, and for each directive in
// navajo.xml the module that knows it. Further ones come by LoadModule in a file that Server Include= names.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace navajo::cli {

// A directive as navajo.xml has it, name in any case.
struct NeededBy {
  std::string_view directive;
  std::string_view value;
};

// Names without "mod_" and "_module", in an order in which they can be loaded.
std::vector<std::string> needed_stock_modules(const std::vector<NeededBy>& directives);

}  // namespace navajo::cli
