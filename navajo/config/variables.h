// Variable replacement in configuration values: ${env:NAME} becomes the environment variable NAME of the process that
// reads the configuration; one that is not set is a fault. Everything else that starts with "${" is left for others
// (httpd's own ${NAME}). One thread, in the parent.
#pragma once

#include <string>
#include <string_view>

#include "navajo/config/diagnostics.h"

namespace navajo::config {

// The value is not looked at again: a variable's content cannot bring in another variable.
std::string replace_variables(std::string_view text, const Position& where, Diagnostics& diagnostics);

}  // namespace navajo::config
