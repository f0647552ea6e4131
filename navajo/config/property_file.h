// A Java properties file as names and values with their places: bc.properties, log.properties, profile files. The
// syntax is java.util.Properties' in full: '#' and '!' comments, '=', ':' or a blank between name and value, lines
// continued by a backslash, \t \n \r \f \uXXXX, any other escaped character stands for itself. A file that is not
// UTF-8 is taken for ISO-8859-1, as Java did. Parent, one thread, while the configuration is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/config/params.h"

namespace navajo::config {

struct Property {
  std::string name;
  Position where;    // of the name
  ParamValue value;  // as written, without the white space before it
};

// In the order of the file. A name that is there twice is kept twice: the caller knows what that means.
std::vector<Property> parse_properties(const std::string& path, std::string_view text, Diagnostics& diagnostics);

enum class Missing : bool { fault, tolerated };

// None when there is no such file, or after a fault. Variables in values (config/variables.h) are replaced.
std::optional<std::vector<Property>> read_properties(const std::string& path, Missing missing,
                                                     Diagnostics& diagnostics);

}  // namespace navajo::config
