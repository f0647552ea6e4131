// navajo.xml and its web.xml files, read and checked by the library in this process, as the module does in httpd's.
#pragma once

#include <string>
#include <vector>

#include "navajo/cli/arguments.h"
#include "navajo/cli/stock_modules.h"
#include "navajo/config/navajo_xml.h"

namespace navajo::cli {

struct Configuration {
  config::NavajoXml navajo;
  std::string path;         // absolute
  std::string pid_file;     // of Server PidFile, absolute; empty: not given
  size_t faults = 0;
  bool ok() const { return faults == 0; }

  // Views into navajo.
  std::vector<NeededBy> server_directives() const;
  std::vector<NeededBy> all_directives() const;
};

enum class Depth { navajo_xml, everything };  // everything: also every web.xml, and every component is made

std::string absolute_path(const std::string& path);

// Nothing is printed; the same as load_configuration() besides.
config::NavajoXml judge_configuration(const std::string& absolute, Depth depth, config::Diagnostics& diagnostics);

// Prints faults and notices to standard error, one line each.
Configuration load_configuration(const std::string& path, Depth depth);

}  // namespace navajo::cli
