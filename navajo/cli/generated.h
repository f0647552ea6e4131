// Texts made from the tables of the code: reference documentation, XML Schemas, shell completion. Those that lie in the
// source tree as well (docs/reference/configuration.md, conf/*.xsd, conf/completion) are compared with these by
// generated_test.cc; `make update-generated` writes them anew.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "navajo/cli/arguments.h"
#include "navajo/container/catalogue.h"

namespace navajo::cli {

// All servlets and filters of this program.
container::Catalogue full_catalogue();

// Markdown: every element, attribute, property, servlet, filter and init-param; or one class alone, none when there is
// no such class.
std::string configuration_reference(const container::Catalogue& catalogue);
std::optional<std::string> class_reference(const container::Catalogue& catalogue, std::string_view class_name);

// "navajo" or "web".
std::string xml_schema(const container::Catalogue& catalogue, std::string_view which);

// "bash" or "zsh".
std::string completion_script(std::span<const CommandSpec> commands, const container::Catalogue& catalogue,
                              std::string_view shell);

}  // namespace navajo::cli
