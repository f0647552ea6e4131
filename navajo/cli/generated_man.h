// Manual pages and docs/cli.md, from the tables: what the program says of itself, and its configuration.
#pragma once

#include <span>
#include <string>

#include "navajo/cli/arguments.h"
#include "navajo/container/catalogue.h"

namespace navajo::cli {

// navajo(8).
std::string manual_of_commands(std::span<const CommandSpec> commands);
// navajo.xml(5) and web.xml(5).
std::string manual_of_navajo_xml();
std::string manual_of_web_xml(const container::Catalogue& catalogue);
// docs/cli.md.
std::string commands_as_markdown(std::span<const CommandSpec> commands);

}  // namespace navajo::cli
