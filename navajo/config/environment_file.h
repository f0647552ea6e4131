// env.conf beside navajo.xml: NAME=value lines that become environment variables of the process that reads the
// configuration, before anything else is read. So ${env:NAME}, commands of ${exec:}, httpd's own ${NAME} and PassEnv
// see them alike in `navajo check`, `navajo run`, `httpd -t` and at a reload. env.conf wins over what the process has,
// so that an edited value counts at the next reload; a line that is taken out keeps its value until a restart.
//   # comment     NAME=value     export NAME="a ${OTHER} value"     NAME='as it is'
// $NAME and ${NAME} in a value are replaced (by nothing when not set), except between single quotes.
// Parent, one thread.
#pragma once

#include <string>

#include "navajo/config/diagnostics.h"

namespace navajo::config {

// No file: nothing happens.
void load_environment(const std::string& path, Diagnostics& diagnostics);

}  // namespace navajo::config
