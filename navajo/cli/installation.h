// Where the parts of this installation are. The paths configure was told are used as they are, unless the
// `navajo` program itself runs from another prefix (a staged or moved tree): then that prefix replaces theirs.
#pragma once

#include <string>

namespace navajo::cli {

struct Installation {
  std::string httpd;               // the server's program
  std::string stock_module_folder;  // httpd's own modules
  std::string navajo_module;       // mod_navajo.so
  std::string mitm_module;         // mod_navajo_mitm.so, for configurations with a ForwardProxy
  std::string mime_types;          // a file: httpd's mod_mime wants one, /dev/null where there is none
};

// NAVAJO_HTTPD and NAVAJO_MODULES in the environment replace the program and the folder of our modules.
Installation find_installation();

// `configured` below `prefix`, moved to where the program at `program` says the prefix is. Pure.
std::string relocated(const std::string& configured, const std::string& prefix, const std::string& program);

}  // namespace navajo::cli
