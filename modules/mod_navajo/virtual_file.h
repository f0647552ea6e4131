// Feeds generated directives to httpd as if they stood in navajo.xml: httpd reads them in place of the rest of the
// line that named the file, and its error messages carry navajo.xml and the line each directive stems from.
#pragma once

#include <vector>

#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/config/httpd_directives.h"

namespace navajo::glue {

// Puts the lines in front of what httpd is reading; reading goes on there when they are used up.
// The lines must live as long as cmd->pool.
void read_virtual_file(cmd_parms* cmd, const std::vector<config::DirectiveLine>& lines);

}  // namespace navajo::glue
