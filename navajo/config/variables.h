// Variable replacement in configuration values: ${env:NAME} becomes the environment variable NAME of the process that
// reads the configuration, env.conf included (config/environment_file.h); one that is not set is a fault.
// ${exec:COMMAND} becomes the first line that command writes (config/command_output.h). @PKG_HOME@, @PKG_VAR@,
// @PKG_INSTANCE@, @HTTPD_LIB_VERSION@, also written ${PKG_HOME} and so on, are variables of that name too; unset, they
// are where this is installed, a fault, "default" and "2_4". Everything else that starts with "${" is left for others
// (httpd's own ${NAME}). One thread, in the parent.
#pragma once

#include <string>
#include <string_view>

#include "navajo/config/diagnostics.h"

namespace navajo::config {

// The value is not looked at again: a variable's content cannot bring in another variable.
std::string replace_variables(std::string_view text, const Position& where, Diagnostics& diagnostics);

}  // namespace navajo::config
