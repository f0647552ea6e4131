#include "navajo/identity/roles.h"

#include "navajo/config/text.h"

namespace navajo::identity {

base::Result<std::vector<std::string>> split_roles(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (const std::string_view role : config::split_list(text, separator)) {
    const auto refused = [&](const char* why) {
      return base::Failed{base::Error{"the role '" + config::printable(role) + "' " + why}};
    };
    if (role.find(',') != std::string_view::npos) return refused("has a comma in it");
    if (config::has_control_character(role)) return refused("has a control character in it");
    if (out.size() == kMostRoles)
      return base::Failed{base::Error{"more than " + std::to_string(kMostRoles) + " roles"}};
    out.emplace_back(role);
  }
  return out;
}

base::Result<char> parse_separator(std::string_view text) {
  if (text == "comma") return ',';
  if (text == "semicolon") return ';';
  if (text == "space") return ' ';
  if (text == "tab") return '\t';
  if (text.size() == 1 && text[0] > ' ' && text[0] < 0x7f) return text[0];
  return base::Failed{base::Error{"'" + config::printable(text) +
                                  "' is neither one character nor comma, semicolon, space or tab"}};
}

}  // namespace navajo::identity
